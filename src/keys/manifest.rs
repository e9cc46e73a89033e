//! A firm's authenticated list of keys and states (spec/keys.md, Manifest).

mod codec;
mod tombstone;

use super::hierarchy::{Commitment, MasterKeys};
use super::provider::KekId;
use super::store::Purpose;
use crate::context::FirmId;

pub(crate) use codec::Fields;
pub(crate) use tombstone::Tombstone;

/// A manifest whose bytes have been authenticated, or that is about to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) firm: FirmId,
    pub(crate) generation: u64,
    pub(crate) master_version: u32,
    pub(crate) master_commitment: Commitment,
    pub(crate) provider: String,
    pub(crate) kek: KekId,
    /// Empty for the first master key; afterwards the predecessor's MAC over its successor.
    pub(crate) predecessor: Vec<u8>,
    /// Cells under a lower data-key version are refused.
    pub(crate) min_open_version: u32,
    /// Sorted by purpose and version.
    pub(crate) entries: Vec<Entry>,
}

/// One version of a data or index key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) purpose: Purpose,
    pub(crate) version: u32,
    pub(crate) state: KeyState,
    /// Unix seconds.
    pub(crate) created: u64,
    pub(crate) commitment: Commitment,
}

/// The state of a data or index key version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyState {
    /// Made, not used yet: not every process knows it.
    Pending,
    /// Seals and opens. One version of each purpose is.
    Active,
    /// Opens only.
    Superseded,
    /// Opens, counted and warned of.
    Retired,
    /// Gone: no row was left under it.
    Destroyed,
}

impl KeyState {
    const ALL: [Self; 5] = [Self::Pending, Self::Active, Self::Superseded, Self::Retired, Self::Destroyed];

    fn byte(self) -> u8 {
        self as u8 + 1
    }

    fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.byte() == byte)
    }
}

/// A manifest that does not hold up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// Too short to be one.
    #[error("it is too short")]
    TooShort,
    /// Of a format that this release does not know.
    #[error("its format {0} is not known to this release")]
    UnknownFormat(u8),
    /// Not what any release writes.
    #[error("it is malformed")]
    Malformed,
    /// Not authentic under the firm's master key: altered, or another firm's.
    #[error("it is not authentic")]
    Unauthentic,
    /// Well-formed, but no release writes such content.
    #[error("it breaks a rule: {0}")]
    Inconsistent(&'static str),
}

/// The rule that a keyring relies on too.
pub(crate) const ONE_ACTIVE: &str = "one version of each purpose is active";

impl Manifest {
    /// The stored form: body and MAC.
    pub(crate) fn encode(&self, keys: &MasterKeys) -> Vec<u8> {
        codec::seal(keys, codec::body(self))
    }

    /// Both stages of reading at once.
    #[cfg(test)]
    pub(crate) fn decode(keys: &MasterKeys, stored: &[u8]) -> Result<Self, ManifestError> {
        ClaimedManifest::parse(stored)?.authenticate(keys)
    }

    /// The rules of content (KEY-14).
    fn check(&self) -> Result<(), ManifestError> {
        let ascend = |pair: &[Entry]| (pair[0].purpose, pair[0].version) < (pair[1].purpose, pair[1].version);
        let rules = [
            ("generations start at 1", self.generation > 0),
            ("versions start at 1", self.versions().all(|version| version > 0)),
            (
                "every master key but the first names its predecessor",
                (self.master_version == 1) == self.predecessor.is_empty(),
            ),
            ("keys ascend by purpose and version", self.entries.windows(2).all(ascend)),
            (ONE_ACTIVE, self.has_one_active(Purpose::Data) && self.has_one_active(Purpose::Index)),
        ];
        let broken = rules.iter().find(|(_, holds)| !holds);
        broken.map_or(Ok(()), |(rule, _)| Err(ManifestError::Inconsistent(rule)))
    }

    fn versions(&self) -> impl Iterator<Item = u32> {
        let entries = self.entries.iter().map(|e| e.version);
        [self.master_version, self.min_open_version].into_iter().chain(entries)
    }

    fn has_one_active(&self, purpose: Purpose) -> bool {
        let active = |e: &&Entry| e.purpose == purpose && e.state == KeyState::Active;
        self.entries.iter().filter(active).count() == 1
    }
}

/// A manifest as anyone may have written it: form and content are checked, the MAC is not.
pub(crate) struct ClaimedManifest<'a> {
    claim: Manifest,
    body: &'a [u8],
    tag: &'a [u8],
}

impl<'a> ClaimedManifest<'a> {
    pub(crate) fn parse(stored: &'a [u8]) -> Result<Self, ManifestError> {
        let (body, tag) = codec::split(stored).ok_or(ManifestError::TooShort)?;
        let claim = codec::parse(body)?;
        claim.check().map(|()| Self { claim, body, tag })
    }

    /// What it says: to be compared, not to be acted on.
    pub(crate) fn claim(&self) -> &Manifest {
        &self.claim
    }

    pub(crate) fn authenticate(self, keys: &MasterKeys) -> Result<Manifest, ManifestError> {
        if codec::is_sealed(keys, self.body, self.tag) { Ok(self.claim) } else { Err(ManifestError::Unauthentic) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::secret::FirmMasterKey;

    fn keys(byte: u8) -> MasterKeys {
        let master = FirmMasterKey::try_init(|out| {
            out.fill(byte);
            Ok::<_, ()>(())
        });
        MasterKeys::new(&FirmId::from(7i64), 1, &master.unwrap())
    }

    fn entry(purpose: Purpose, version: u32, state: KeyState) -> Entry {
        Entry { purpose, version, state, created: 1_700_000_000, commitment: [version as u8; 32] }
    }

    fn manifest() -> Manifest {
        Manifest {
            firm: FirmId::from(7i64),
            generation: 3,
            master_version: 1,
            master_commitment: [9; 32],
            provider: "local".into(),
            kek: KekId::new("local:00"),
            predecessor: Vec::new(),
            min_open_version: 1,
            entries: vec![
                entry(Purpose::Data, 1, KeyState::Superseded),
                entry(Purpose::Data, 2, KeyState::Active),
                entry(Purpose::Index, 1, KeyState::Active),
            ],
        }
    }

    #[test]
    fn reads_back_under_its_own_key_only() {
        let stored = manifest().encode(&keys(1));
        assert_eq!(Manifest::decode(&keys(1), &stored), Ok(manifest()));
        assert_eq!(Manifest::decode(&keys(2), &stored), Err(ManifestError::Unauthentic));
    }

    #[test]
    fn needs_one_active_version_of_each_purpose() {
        let mut none = manifest();
        none.entries[1].state = KeyState::Retired;
        assert_eq!(Manifest::decode(&keys(1), &none.encode(&keys(1))), Err(ManifestError::Inconsistent(ONE_ACTIVE)));
    }

    #[test]
    fn entries_out_of_order_are_refused_though_authentic() {
        let mut swapped = manifest();
        swapped.entries.swap(0, 1);
        let refused = Manifest::decode(&keys(1), &swapped.encode(&keys(1))).unwrap_err();
        assert!(matches!(refused, ManifestError::Inconsistent(_)), "{refused}");
    }

    proptest! {
        #[test]
        fn any_flipped_bit_is_refused(bit in 0usize..1000) {
            let mut stored = manifest().encode(&keys(1));
            let bit = bit % (stored.len() * 8);
            stored[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(Manifest::decode(&keys(1), &stored).is_err());
        }

        #[test]
        fn authentic_garbage_never_panics(body: Vec<u8>) {
            let _ = codec::parse(&body);
        }
    }
}

//! From a stored record, which nobody trusts, to a keyring (spec/keys.md, Loading).

use std::sync::Arc;

use super::error::Tampering;
use super::hierarchy::{Commitment, Endorsed, MasterKeys};
use super::keyring::{Keyring, KeyringParts, Version, Versions};
use super::manifest::{ClaimedManifest, KeyState, Manifest, ManifestError, ONE_ACTIVE};
use super::store::{FirmRecord, KeysRecord, Purpose, VersionRecord};
use crate::context::FirmId;
use crate::secret::{DataKey, EndorsementKey, FirmMasterKey, IndexKey};

/// A record that holds up, and what it says.
pub(crate) struct Verified {
    pub(crate) manifest: Manifest,
    pub(crate) derived: Arc<MasterKeys>,
    data: Versions<DataKey>,
    index: Versions<IndexKey>,
}

impl Verified {
    pub(crate) fn keyring(self) -> Keyring {
        Keyring::new(KeyringParts {
            firm: self.manifest.firm,
            generation: self.manifest.generation,
            min_open_version: self.manifest.min_open_version,
            data: self.data,
            index: self.index,
            master: self.derived,
        })
    }
}

/// Checks every part of `record` against the unwrapped master key and the platform's endorsement.
///
/// `platform` is `None` for the platform's own record, which endorses itself.
pub(crate) fn verify(
    firm: &FirmId,
    record: &FirmRecord,
    keys: &KeysRecord,
    master: &FirmMasterKey,
    platform: Option<&EndorsementKey>,
) -> Result<Verified, Tampering> {
    let derived = Arc::new(MasterKeys::new(firm, keys.master.version, master));
    verify_under(firm, record, keys, derived, platform)
}

/// [`verify`], for a master key that is held already.
pub(crate) fn verify_under(
    firm: &FirmId,
    record: &FirmRecord,
    keys: &KeysRecord,
    derived: Arc<MasterKeys>,
    platform: Option<&EndorsementKey>,
) -> Result<Verified, Tampering> {
    // In the order of KEY-28 to KEY-30: what fails first names the error.
    let claimed = ClaimedManifest::parse(&keys.manifest)?;
    endorsed(firm, keys, claimed.claim(), &derived, platform.unwrap_or(&derived.endorsement))?;
    agree(firm, record, keys, claimed.claim(), &derived)?;
    let manifest = claimed.authenticate(&derived)?;
    let data = versions(
        &manifest,
        keys,
        Purpose::Data,
        |v, w| derived.unwrap_data(v, w),
        |v, k: &DataKey| derived.commit(Purpose::Data, v, k.expose()),
    )?;
    let index = versions(
        &manifest,
        keys,
        Purpose::Index,
        |v, w| derived.unwrap_index(v, w),
        |v, k: &IndexKey| derived.commit(Purpose::Index, v, k.expose()),
    )?;
    Ok(Verified { manifest, derived, data, index })
}

fn agree(
    firm: &FirmId,
    record: &FirmRecord,
    keys: &KeysRecord,
    manifest: &Manifest,
    derived: &MasterKeys,
) -> Result<(), Tampering> {
    let master = &keys.master;
    let same = [
        ("firm", manifest.firm == *firm),
        ("generation", manifest.generation == record.generation),
        ("master key", manifest.master_commitment == derived.commitment),
        ("provider", manifest.provider == master.provider),
        ("KEK", manifest.kek == master.kek),
    ];
    same.iter().find(|(_, same)| !same).map_or(Ok(()), |(what, _)| Err(Tampering::Disagree(what)))
}

fn endorsed(
    firm: &FirmId,
    keys: &KeysRecord,
    claim: &Manifest,
    derived: &MasterKeys,
    platform: &EndorsementKey,
) -> Result<(), Tampering> {
    // The predecessor's MAC lies in the manifest alone: another version's would be judged for this one.
    if claim.master_version != derived.version() {
        return Err(Tampering::Disagree("master key version"));
    }
    let statement = Endorsed {
        firm,
        version: keys.master.version,
        provider: &keys.master.provider,
        kek: &keys.master.kek,
        commitment: &derived.commitment,
        predecessor: &claim.predecessor,
    };
    if statement.is_endorsed(platform, &keys.master.endorsement) { Ok(()) } else { Err(Tampering::NotEndorsed) }
}

/// The manifest's versions of one purpose, each unwrapped and held against its commitment; the record's rows must be
/// exactly those that the manifest says still have a key.
fn versions<K>(
    manifest: &Manifest,
    keys: &KeysRecord,
    purpose: Purpose,
    unwrap: impl Fn(u32, &[u8]) -> Option<K>,
    commit: impl Fn(u32, &K) -> Commitment,
) -> Result<Versions<K>, Tampering> {
    let name = purpose.as_str();
    let listed = manifest.entries.iter().filter(|e| e.purpose == purpose && e.state != KeyState::Destroyed);
    let rows: Vec<&VersionRecord> = keys.versions.iter().filter(|row| row.purpose == purpose).collect();
    let mut all = Vec::with_capacity(rows.len());
    for entry in listed {
        let version = entry.version;
        let mut matching = rows.iter().filter(|row| row.version == version);
        let (Some(row), None) = (matching.next(), matching.next()) else {
            return Err(Tampering::WrongVersions { purpose: name });
        };
        let wrong = || Tampering::WrongKey { purpose: name, version };
        let key = unwrap(version, &row.wrapped).ok_or_else(wrong)?;
        // The commitment is a public value: no timing tells a secret.
        if commit(version, &key) != entry.commitment {
            return Err(wrong());
        }
        all.push(Version { version, state: entry.state, key });
    }
    if all.len() != rows.len() {
        return Err(Tampering::WrongVersions { purpose: name });
    }
    Versions::new(all).ok_or(Tampering::Manifest(ManifestError::Inconsistent(ONE_ACTIVE)))
}

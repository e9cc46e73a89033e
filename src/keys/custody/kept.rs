//! What is kept of a verified record, so that it can be written again: wrapped keys only, no key.

use crate::context::{FirmId, join};
use crate::keys::manifest::{ClaimedManifest, Fields, KeyState, Manifest};
use crate::keys::store::{FirmRecord, KeysRecord, MasterKeyRecord, Purpose, RecordContent, VersionRecord};

/// A record in few bytes: what its manifest says is not kept twice.
#[derive(Clone)]
pub(super) enum Kept {
    Keys(Box<[u8]>),
    Tombstone {
        /// Unix seconds.
        when: u64,
    },
}

impl Kept {
    pub(super) fn of(keys: &KeysRecord) -> Self {
        let rows: Vec<Vec<u8>> = keys.versions.iter().map(row).collect();
        let rows = join(&rows.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let fields: [&[u8]; 4] = [&keys.manifest, &keys.master.wrapped, &keys.master.endorsement, &rows];
        Self::Keys(join(&fields).into())
    }
}

/// The record again. The manifest's claims stand: it was verified before it was kept.
pub(super) fn record(firm: &FirmId, kept: &[u8]) -> Option<FirmRecord> {
    let mut fields = Fields::of(kept, 4)?;
    let manifest = fields.next()?;
    let (wrapped, endorsement) = (fields.next()?.to_vec(), fields.next()?.to_vec());
    let versions = Fields::all(fields.next()?)?.into_iter().map(version).collect::<Option<_>>()?;
    let claimed = ClaimedManifest::parse(manifest).ok()?;
    let claim = claimed.claim();
    let (provider, kek) = (claim.provider.clone(), claim.kek.clone());
    let master = MasterKeyRecord { version: claim.master_version, provider, kek, wrapped, endorsement };
    let content = RecordContent::Keys(KeysRecord { master, manifest: manifest.to_vec(), versions });
    Some(FirmRecord { firm: firm.clone(), generation: claim.generation, content, standing: None })
}

/// Whether writing `kept` over `stored` loses no key: every key that the stored manifest names is in the kept one, the
/// same and not destroyed. Otherwise the two are of different histories, or somebody wants a destroyed key back.
pub(crate) fn loses_no_key(stored: &Manifest, kept: &Manifest) -> bool {
    let has = |entry: &&crate::keys::manifest::Entry| entry.state != KeyState::Destroyed;
    stored.entries.iter().filter(has).all(|wanted| {
        kept.entries.iter().filter(has).any(|entry| {
            (entry.purpose, entry.version, entry.commitment) == (wanted.purpose, wanted.version, wanted.commitment)
        })
    })
}

fn row(VersionRecord { purpose, version, wrapped }: &VersionRecord) -> Vec<u8> {
    [&[u8::from(*purpose == Purpose::Index)], version.to_be_bytes().as_slice(), wrapped].concat()
}

fn version(row: &[u8]) -> Option<VersionRecord> {
    let (&purpose, rest) = row.split_first()?;
    let (version, wrapped) = rest.split_first_chunk::<4>()?;
    let purpose = if purpose == 0 { Purpose::Data } else { Purpose::Index };
    Some(VersionRecord { purpose, version: u32::from_be_bytes(*version), wrapped: wrapped.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::KeyState::{Active, Destroyed, Superseded};
    use crate::keys::fixtures::{Draft, endorsement, firm};

    fn keys(draft: &Draft) -> (FirmRecord, KeysRecord) {
        let record = draft.record(&endorsement());
        let RecordContent::Keys(keys) = record.content.clone() else { unreachable!("a draft has keys") };
        (record, keys)
    }

    fn manifest(draft: &Draft) -> Manifest {
        ClaimedManifest::parse(&keys(draft).1.manifest).unwrap().claim().clone()
    }

    fn data(states: &[KeyState]) -> Draft {
        Draft { data: states.to_vec(), ..Draft::default() }
    }

    #[test]
    fn a_record_comes_back_as_it_was() {
        let (before, keys) = keys(&data(&[Destroyed, Superseded, Active]));
        let Kept::Keys(kept) = Kept::of(&keys) else { unreachable!("keys were kept") };
        assert_eq!(record(&firm(), &kept), Some(before));
    }

    /// Of the 2 KiB that a firm may take. A KMS wraps into some 120 bytes more than the test provider.
    #[test]
    fn a_firm_with_one_key_of_each_purpose_takes_little() {
        let Kept::Keys(kept) = Kept::of(&keys(&Draft::default()).1) else { unreachable!("keys were kept") };
        assert!(kept.len() <= 600, "{} bytes", kept.len());
    }

    #[test]
    fn later_records_lose_no_key_of_earlier_ones_and_other_histories_do() {
        let two = manifest(&data(&[Superseded, Active]));
        assert!(loses_no_key(&manifest(&Draft::default()), &two));
        assert!(!loses_no_key(&two, &manifest(&Draft::default())), "version 2");
        assert!(!loses_no_key(&two, &manifest(&data(&[Destroyed, Active]))), "somebody wants version 1 back");
        let mut other = two.clone();
        other.entries[1].commitment[0] ^= 1;
        assert!(!loses_no_key(&two, &other), "another version 2");
    }
}

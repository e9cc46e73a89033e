//! Firms' records for unit tests: any versions in any states, which no rotation has to make first.

use pollster::block_on;

use super::hierarchy::{Endorsed, MasterKeys};
use super::keyring::Keyring;
use super::manifest::{Entry, KeyState, Manifest};
use super::provider::{EncryptionContext, KekId, KeyProvider};
use super::store::{FirmRecord, KeysRecord, MasterKeyRecord, Purpose, RecordContent, VersionRecord};
use super::verify::verify;
use crate::context::FirmId;
use crate::secret::{EndorsementKey, FirmMasterKey};
use crate::testing::TestKeys;

/// What a record says of one firm.
pub(crate) struct Draft {
    pub(crate) generation: u64,
    pub(crate) min_open_version: u32,
    /// The states of versions 1, 2, … of the data and of the index key.
    pub(crate) data: Vec<KeyState>,
    pub(crate) index: Vec<KeyState>,
}

impl Default for Draft {
    fn default() -> Self {
        let active = || vec![KeyState::Active];
        Self { generation: 1, min_open_version: 1, data: active(), index: active() }
    }
}

pub(crate) fn firm() -> FirmId {
    FirmId::from("a")
}

pub(crate) fn master() -> FirmMasterKey {
    FirmMasterKey::init(|out| {
        out.fill(1);
    })
}

impl Draft {
    /// The record, endorsed by `platform`, wrapped by [`TestKeys`].
    pub(crate) fn record(&self, platform: &EndorsementKey) -> FirmRecord {
        let derived = MasterKeys::new(&firm(), 1, &master());
        let manifest = self.manifest(&derived);
        let keyed = manifest.entries.iter().filter(|entry| entry.state != KeyState::Destroyed);
        let row = |Entry { purpose, version, .. }: &Entry| {
            let wrapped = derived.wrap(*purpose, *version, &key(*purpose, *version));
            VersionRecord { purpose: *purpose, version: *version, wrapped }
        };
        let keys = KeysRecord {
            versions: keyed.map(row).collect(),
            manifest: manifest.encode(&derived),
            master: master_record(&manifest, platform),
        };
        FirmRecord { firm: firm(), generation: self.generation, content: RecordContent::Keys(keys), standing: None }
    }

    /// The record as a platform without a name endorses it, verified.
    pub(crate) fn keyring(&self) -> Keyring {
        let platform = endorsement();
        let record = self.record(&platform);
        let RecordContent::Keys(keys) = &record.content else { unreachable!("a draft has keys") };
        verify(&firm(), &record, keys, &master(), Some(&platform)).unwrap().keyring()
    }

    fn manifest(&self, derived: &MasterKeys) -> Manifest {
        let entries = |purpose, states: &[KeyState]| -> Vec<Entry> {
            let entry = |(version, state): (u32, &KeyState)| {
                let commitment = derived.commit(purpose, version, &key(purpose, version));
                Entry { purpose, version, state: *state, created: 0, commitment }
            };
            (1..).zip(states).map(entry).collect()
        };
        Manifest {
            firm: firm(),
            generation: self.generation,
            master_version: 1,
            master_commitment: derived.commitment,
            provider: TestKeys::new().id().to_owned(),
            kek: kek(),
            predecessor: Vec::new(),
            min_open_version: self.min_open_version,
            entries: [entries(Purpose::Data, &self.data), entries(Purpose::Index, &self.index)].concat(),
        }
    }
}

pub(crate) fn endorsement() -> EndorsementKey {
    EndorsementKey::init(|out| {
        out.fill(2);
    })
}

fn master_record(manifest: &Manifest, platform: &EndorsementKey) -> MasterKeyRecord {
    let statement = Endorsed {
        firm: &manifest.firm,
        version: 1,
        provider: &manifest.provider,
        kek: &manifest.kek,
        commitment: &manifest.master_commitment,
        predecessor: &[],
    };
    let context = EncryptionContext::master_key(&manifest.firm, 1);
    let wrapped = block_on(TestKeys::new().wrap(&context, &master())).unwrap();
    MasterKeyRecord {
        version: 1,
        provider: manifest.provider.clone(),
        kek: wrapped.kek,
        wrapped: wrapped.bytes,
        endorsement: statement.endorse(platform).to_vec(),
    }
}

fn kek() -> KekId {
    TestKeys::new().keks()[0].clone()
}

fn key(purpose: Purpose, version: u32) -> [u8; 32] {
    [version as u8 * 2 + u8::from(purpose == Purpose::Index); 32]
}

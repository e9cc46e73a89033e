//! A new firm's record: first master key, first data and index key, first manifest.

use super::hierarchy::{Endorsed, MasterKeys};
use super::manifest::{Entry, KeyState, Manifest};
use super::provider::WrappedMasterKey;
use super::store::{FirmRecord, KeysRecord, MasterKeyRecord, Purpose, RecordContent, VersionRecord};
use crate::context::FirmId;
use crate::random::{RandomError, Randomness};
use crate::secret::{DataKey, EndorsementKey, FirmMasterKey, IndexKey};

/// The first versions of everything.
pub(crate) const FIRST: u32 = 1;

/// What a new record is made from.
pub(crate) struct NewFirm<'a> {
    pub(crate) firm: &'a FirmId,
    pub(crate) provider: &'a str,
    pub(crate) master: &'a FirmMasterKey,
    pub(crate) wrapped: WrappedMasterKey,
    /// `None` for the platform, which endorses itself.
    pub(crate) platform: Option<&'a EndorsementKey>,
    /// Unix seconds.
    pub(crate) now: u64,
}

impl NewFirm<'_> {
    pub(crate) fn record(self, random: &dyn Randomness) -> Result<FirmRecord, RandomError> {
        let derived = MasterKeys::new(self.firm, FIRST, self.master);
        let (data_row, data_entry) = self.version(&derived, Purpose::Data, DataKey::generate(random)?.expose());
        let (index_row, index_entry) = self.version(&derived, Purpose::Index, IndexKey::generate(random)?.expose());
        let manifest = self.manifest(&derived, vec![data_entry, index_entry]);
        let keys = KeysRecord {
            manifest: manifest.encode(&derived),
            versions: vec![data_row, index_row],
            master: self.endorsed_master(&derived),
        };
        Ok(FirmRecord {
            firm: manifest.firm,
            generation: manifest.generation,
            content: RecordContent::Keys(keys),
            standing: None,
        })
    }

    fn version(&self, derived: &MasterKeys, purpose: Purpose, key: &[u8; 32]) -> (VersionRecord, Entry) {
        let row = VersionRecord { purpose, version: FIRST, wrapped: derived.wrap(purpose, FIRST, key) };
        let commitment = derived.commit(purpose, FIRST, key);
        let entry = Entry { purpose, version: FIRST, state: KeyState::Active, created: self.now, commitment };
        (row, entry)
    }

    fn manifest(&self, derived: &MasterKeys, entries: Vec<Entry>) -> Manifest {
        Manifest {
            firm: self.firm.clone(),
            generation: 1,
            master_version: FIRST,
            master_commitment: derived.commitment,
            provider: self.provider.to_owned(),
            kek: self.wrapped.kek.clone(),
            predecessor: Vec::new(),
            min_open_version: FIRST,
            entries,
        }
    }

    fn endorsed_master(self, derived: &MasterKeys) -> MasterKeyRecord {
        let endorsement = Endorsed {
            firm: self.firm,
            version: FIRST,
            provider: self.provider,
            kek: &self.wrapped.kek,
            commitment: &derived.commitment,
            predecessor: &[],
        }
        .endorse(self.platform.unwrap_or(&derived.endorsement));
        MasterKeyRecord {
            version: FIRST,
            provider: self.provider.to_owned(),
            kek: self.wrapped.kek,
            wrapped: self.wrapped.bytes,
            endorsement: endorsement.to_vec(),
        }
    }
}

//! The loading of firms from a store's rows: `load` and tombstones of `keys.json` and `keys_invalid.json`.

use std::sync::Arc;

use serde::Deserialize;

use super::form::{Hex, firm, master_keys};
use super::keys::purpose;
use super::local::Given;
use super::manifest::claimed_generation;
use super::world::World;
use super::{cells, classes};
use crate::context::FirmId;
use crate::envelope::{Head, Kind};
use crate::index::{Normalizer, term_bytes};
use crate::keys::hierarchy::{Endorsed, MasterKeys};
use crate::keys::keyring::Keyring;
use crate::keys::live::LiveSlot;
use crate::keys::manifest::Manifest;
use crate::keys::{
    EncryptionContext, KekId, KeyError, KeyProvider, KeysRecord, MasterKeyRecord, Purpose, RecordContent, Tampering,
    VersionRecord, WrappedMasterKey,
};
use crate::random::{Nonces, RandomError};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Load {
    comment: String,
    /// Of what is refused.
    error: Option<String>,
    #[serde(deserialize_with = "firm")]
    firm: FirmId,
    fmk_version: u32,
    provider_id: String,
    kek_id: String,
    predecessor_mac: Hex,
    wrapped_fmk: Hex,
    endorsement: Hex,
    manifest: Hex,
    keys: Vec<Row>,
    kek: Hex,
    configured_provider_id: String,
    configured_kek_id: String,
    platform_fmk: Hex,
    platform_fmk_version: u32,
    highest_generation: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    #[serde(deserialize_with = "purpose")]
    purpose: Purpose,
    version: u32,
    wrapped: Hex,
    key: Hex,
}

impl Load {
    pub(super) fn check_loads(&self) {
        assert_eq!(self.error, None, "{}", self.comment);
        let slot = self.load().unwrap();
        let (ring, derived) = (slot.ring().unwrap(), self.derived());
        assert_eq!(Some(ring.generation()), claimed_generation(&self.manifest), "{}", self.comment);
        let manifest = Manifest::decode(&derived, &self.manifest).unwrap();
        assert_eq!(self.predecessor_mac, manifest.predecessor, "{}", self.comment);
        assert!(self.is_endorsed(&derived), "{}", self.comment);
        for row in &self.keys {
            assert!(row.is_in(&ring, &self.firm), "{}: {:?} {}", self.comment, row.purpose, row.version);
        }
    }

    pub(super) fn check_refused(&self) {
        let classes = match self.load() {
            Err(error) => self.classes(&error),
            // The crate's record has no predecessor MAC of its own to be altered: the manifest's is the endorsed one.
            Ok(_) if !self.is_endorsed(&self.derived()) => vec!["endorsement"],
            Ok(_) => vec![],
        };
        let wanted = self.error.as_deref().unwrap();
        assert!(classes.contains(&wanted), "{}: {wanted}, not {classes:?}", self.comment);
    }

    fn load(&self) -> Result<Arc<LiveSlot>, KeyError> {
        assert_eq!(self.platform_fmk_version, 1, "{}", self.comment);
        let world = World::new(self.provider());
        let generation = claimed_generation(&self.manifest).unwrap();
        world.load(&self.firm, self.highest_generation, generation, RecordContent::Keys(self.record()))
    }

    fn provider(&self) -> Given {
        Given {
            id: self.configured_provider_id.clone(),
            keks: vec![KekId::new(&self.configured_kek_id)],
            kek: self.kek.clone(),
            platform: self.platform_fmk.clone(),
        }
    }

    fn record(&self) -> KeysRecord {
        let version =
            |row: &Row| VersionRecord { purpose: row.purpose, version: row.version, wrapped: row.wrapped.to_vec() };
        KeysRecord {
            master: MasterKeyRecord {
                version: self.fmk_version,
                provider: self.provider_id.clone(),
                kek: KekId::new(&self.kek_id),
                wrapped: self.wrapped_fmk.to_vec(),
                endorsement: self.endorsement.to_vec(),
            },
            manifest: self.manifest.to_vec(),
            versions: self.keys.iter().map(version).collect(),
        }
    }

    fn derived(&self) -> MasterKeys {
        let context = EncryptionContext::master_key(&self.firm, self.fmk_version);
        let wrapped = WrappedMasterKey { kek: KekId::new(&self.kek_id), bytes: self.wrapped_fmk.to_vec() };
        let master = pollster::block_on(self.provider().unwrap(&context, &wrapped)).unwrap();
        MasterKeys::new(&self.firm, self.fmk_version, &master)
    }

    /// Whether the platform endorses the record's own fields.
    fn is_endorsed(&self, derived: &MasterKeys) -> bool {
        let platform = master_keys(&FirmId::Platform, self.platform_fmk_version, &self.platform_fmk);
        Endorsed {
            firm: &self.firm,
            version: self.fmk_version,
            provider: &self.provider_id,
            kek: &KekId::new(&self.kek_id),
            commitment: &derived.commitment,
            predecessor: &self.predecessor_mac,
        }
        .is_endorsed(&platform.endorsement, &self.endorsement)
    }

    /// The crate has one error for a wrapped key that does not unwrap and for one that is not the manifest's.
    fn classes(&self, error: &KeyError) -> Vec<&'static str> {
        let KeyError::Tampered { what: Tampering::WrongKey { purpose, version }, .. } = error else {
            return classes::of_load(error);
        };
        let named = |row: &&Row| row.purpose.as_str() == *purpose && row.version == *version;
        let row = self.keys.iter().find(named).unwrap();
        if row.unwraps(&self.derived()) { vec!["commitment"] } else { classes::UNWRAP.to_vec() }
    }
}

impl Row {
    fn unwraps(&self, derived: &MasterKeys) -> bool {
        match self.purpose {
            Purpose::Data => derived.unwrap_data(self.version, &self.wrapped).is_some(),
            Purpose::Index => derived.unwrap_index(self.version, &self.wrapped).is_some(),
        }
    }

    /// Whether the keyring holds the row's key under its version: what is made with the one is known to the other.
    fn is_in(&self, ring: &Keyring, firm: &FirmId) -> bool {
        let own = (self.version, &self.key);
        let lone = cells::slot(firm, own, own);
        let lone = lone.ring().unwrap();
        match self.purpose {
            Purpose::Data => opens(ring, &lone),
            Purpose::Index => finds(ring, &lone, self.version),
        }
    }
}

fn opens(ring: &Keyring, lone: &Keyring) -> bool {
    let column = cells::column("t", "c", "bytes", Kind::ColumnBound);
    let (head, cipher) = lone.sealing(&column.place);
    let cell = cipher.seal(&head, &[], &Nonces::Buffered, 0, |_| Ok::<_, RandomError>(())).unwrap();
    let head = Head::parse(&cell).unwrap();
    ring.opening(&column.place, &head).is_some_and(|(cipher, _)| cipher.open(&head, &[], cell).is_ok())
}

fn finds(ring: &Keyring, lone: &Keyring, version: u32) -> bool {
    let place = &cells::index("t", "i", "bytes", Normalizer::None, 128, false).place;
    let term = |version, mac| term_bytes(place, version, mac, b"value");
    let wanted = term(version, lone.indexing(place).1);
    ring.lookups(place).any(|(version, mac)| term(version, mac) == wanted)
}

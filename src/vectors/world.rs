//! A process that loads what somebody put into its store.

use std::sync::Arc;

use super::form::Hex;
use super::local::Given;
use super::manifest::claimed_generation;
use crate::clock::SystemClock;
use crate::context::FirmId;
use crate::keys::custody::Custody;
use crate::keys::hierarchy::MasterKeys;
use crate::keys::lease::{Alone, Standing};
use crate::keys::live::LiveSlot;
use crate::keys::manifest::Manifest;
use crate::keys::providers::Routes;
use crate::keys::store::MemoryKeyStore;
use crate::keys::{
    CacheSettings, EncryptionContext, FirmRecord, KekId, KeyError, KeyProvider, RecordContent, WrappedMasterKey,
};
use crate::random::OsRandom;

/// A process with a platform and a store that anyone may write.
pub(super) struct World {
    store: Arc<MemoryKeyStore>,
    custody: Arc<Custody>,
    provider: Arc<Given>,
}

impl World {
    pub(super) fn new(provider: Given) -> Self {
        let (store, provider) = (Arc::new(MemoryKeyStore::new()), Arc::new(provider));
        let (clock, random) = (Arc::new(SystemClock), Arc::new(OsRandom));
        let fleet = (Arc::new(Alone) as _, Standing::alone());
        let routes = Routes::to(provider.clone());
        let custody = Custody::start(routes, store.clone(), clock, random, CacheSettings::default(), fleet);
        Self { store, custody, provider }
    }

    /// Loads a record that somebody put into the store, after `highest` of the firm was seen.
    pub(super) fn load(
        &self,
        firm: &FirmId,
        highest: u64,
        generation: u64,
        content: RecordContent,
    ) -> Result<Arc<LiveSlot>, KeyError> {
        pollster::block_on(async {
            if *firm != FirmId::Platform {
                self.custody.initialize().await.unwrap();
            }
            // Another manifest of the very generation would be a second history.
            let seen_itself = highest == generation && matches!(content, RecordContent::Keys(_));
            if highest > 0 && !seen_itself {
                self.see(firm, highest).await;
            }
            self.store.tamper(firm, |_| Some(FirmRecord { firm: firm.clone(), generation, content, standing: None }));
            if seen_itself {
                self.custody.slot(firm).await?;
                self.custody.revoke(firm);
            }
            self.custody.slot(firm).await
        })
    }

    /// Shows the process an authentic record of this generation.
    async fn see(&self, firm: &FirmId, generation: u64) {
        self.custody.create(firm).await.unwrap();
        self.custody.revoke(firm);
        self.store.tamper(firm, |record| Some(self.raised(record.unwrap(), generation)));
        let slot = self.custody.slot(firm).await.unwrap();
        assert_eq!(slot.ring().unwrap().generation(), generation);
        self.custody.revoke(firm);
    }

    fn raised(&self, mut record: FirmRecord, generation: u64) -> FirmRecord {
        record.generation = generation;
        if let RecordContent::Keys(keys) = &mut record.content {
            let master = &keys.master;
            let context = EncryptionContext::master_key(&record.firm, master.version);
            let wrapped = WrappedMasterKey { kek: master.kek.clone(), bytes: master.wrapped.clone() };
            let key = pollster::block_on(self.provider.unwrap(&context, &wrapped)).unwrap();
            let derived = MasterKeys::new(&record.firm, master.version, &key);
            let manifest = Manifest::decode(&derived, &keys.manifest).unwrap();
            keys.manifest = Manifest { generation, ..manifest }.encode(&derived);
        }
        record
    }
}

/// Why the platform of this master key, which has seen `highest` of the firm, does not load what has this tombstone.
pub(super) fn tombstone(firm: &FirmId, platform: &Hex, highest: u64, stone: &Hex) -> KeyError {
    let provider =
        Given { id: "local".into(), keks: vec![KekId::new("kek")], kek: platform.clone(), platform: platform.clone() };
    // A row's own generation is not authenticated: one that claims none is stored as the next.
    let generation = claimed_generation(stone).unwrap_or(highest + 1);
    let loaded = World::new(provider).load(firm, highest, generation, RecordContent::Tombstone(stone.to_vec()));
    loaded.map(|_| "loaded").unwrap_err()
}

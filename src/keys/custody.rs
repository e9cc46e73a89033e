//! Loads, creates and shreds firms' keys: provider, store and cache together.

mod anchored;
mod call;
mod create;
mod kept;
pub(crate) mod reinsert;
mod rollback;
mod seen;
mod shred;

use std::sync::Arc;

use super::anchor::Head;
use super::cache::{CacheSettings, KeyCache};
use super::error::KeyError;
use super::keyring::Keyring;
use super::live::LiveSlot;
use super::provider::{BoxFuture, KeyProvider};
use super::store::{FirmRecord, KeyStore, KeysRecord, Purpose, RecordContent};
use super::verify::{Verified, verify};
use crate::clock::Clock;
use crate::context::FirmId;
use crate::random::Randomness;
use crate::secret::FirmMasterKey;
use anchored::Use;
use kept::Kept;
use seen::Seen;

pub(crate) struct Custody {
    provider: Arc<dyn KeyProvider>,
    store: Arc<dyn KeyStore>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Randomness>,
    cache: KeyCache,
    seen: Arc<Seen>,
}

/// Whether a creation made keys or found some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// The firm's first keys were made.
    Created,
    /// The firm had keys already, perhaps from another process a moment ago. They were loaded and verified.
    Existed,
}

/// Times that a changing record is tried before giving up.
pub(super) const ATTEMPTS: usize = 5;

impl Custody {
    pub(crate) fn start(
        provider: Arc<dyn KeyProvider>,
        store: Arc<dyn KeyStore>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Randomness>,
        settings: CacheSettings,
    ) -> Arc<Self> {
        let cache = KeyCache::new(settings, clock.clone());
        Arc::new(Self { provider, store, clock, random, cache, seen: Arc::default() })
    }

    /// The same keys for callers that hold up their thread: they wait for no load but each other's, since a load of
    /// anyone else may need that very thread to go on.
    pub(crate) fn apart(&self) -> Arc<Self> {
        Arc::new(Self {
            provider: self.provider.clone(),
            store: self.store.clone(),
            clock: self.clock.clone(),
            random: self.random.clone(),
            cache: self.cache.apart(),
            seen: self.seen.clone(),
        })
    }

    /// The firm's slot, filled; its keys are loaded if this process does not hold them.
    pub(crate) async fn slot(&self, firm: &FirmId) -> Result<Arc<LiveSlot>, KeyError> {
        firm.check()?;
        self.cache.get(firm, || self.load(firm)).await
    }

    /// The slot of a firm that has no keys yet.
    pub(crate) fn unborn_slot(&self, firm: &FirmId) -> Arc<LiveSlot> {
        let slot = self.cache.slot(firm);
        slot.unborn();
        slot
    }

    // Boxed: a firm's load needs the platform's, by the same function.
    fn load<'a>(&'a self, firm: &'a FirmId) -> BoxFuture<'a, Result<Keyring, KeyError>> {
        Box::pin(async move {
            let record = self.stored(firm).await?;
            self.open(firm, &record).await
        })
    }

    /// The stored record, refused when it is older than one seen before.
    async fn record(&self, firm: &FirmId) -> Result<Option<FirmRecord>, KeyError> {
        for _ in 0..ATTEMPTS {
            self.ask_anchor(std::slice::from_ref(firm), Use::Load).await?;
            let before = self.seen.generation(firm);
            let record = self.unchecked(firm).await?;
            let found = record.as_ref().map(|record| record.generation);
            if let Err(what) = seen::check(before, found) {
                if self.undo(firm, record.as_ref(), &what).await? {
                    continue;
                }
                return Err(KeyError::Tampered { firm: firm.clone(), what });
            }
            // Somebody saw a later one while the store answered.
            if seen::check(self.seen.generation(firm), found).is_ok() {
                return Ok(record);
            }
        }
        Err(KeyError::Contended { firm: firm.clone() })
    }

    /// The records of firms that have one, in one round trip to the store and one to the anchor.
    pub(crate) async fn records(&self, firms: &[FirmId]) -> Result<Vec<FirmRecord>, KeyError> {
        self.ask_anchor(firms, Use::Load).await?;
        let before: Vec<_> = firms.iter().map(|firm| self.seen.generation(firm)).collect();
        let mut records = Vec::with_capacity(firms.len());
        for ((firm, before), found) in firms.iter().zip(before).zip(self.store.load(firms).await?) {
            let holds = found.as_ref().is_some_and(|record| record.firm == *firm)
                && seen::check(before, found.as_ref().map(|record| record.generation)).is_ok();
            // What does not hold is looked at once more, by itself.
            records.push(if holds { found } else { self.record(firm).await? });
        }
        Ok(records.into_iter().flatten().collect())
    }

    /// The stored record of a firm that must have one.
    pub(crate) async fn stored(&self, firm: &FirmId) -> Result<FirmRecord, KeyError> {
        self.record(firm).await?.ok_or_else(|| match firm {
            FirmId::Platform => KeyError::NotInitialized,
            _ => KeyError::UnknownFirm { firm: firm.clone() },
        })
    }

    async fn open(&self, firm: &FirmId, record: &FirmRecord) -> Result<Keyring, KeyError> {
        match &record.content {
            RecordContent::Tombstone(stone) => Err(self.shredded(firm, record.generation, stone).await?),
            RecordContent::Keys(keys) => {
                let master = self.unwrap(firm, keys).await?;
                let verified = self.verified(firm, record, keys, &master).await?;
                self.note(record, keys).await?;
                Ok(verified.keyring())
            }
        }
    }

    pub(crate) async fn verified(
        &self,
        firm: &FirmId,
        record: &FirmRecord,
        keys: &KeysRecord,
        master: &FirmMasterKey,
    ) -> Result<Verified, KeyError> {
        let verified = match firm {
            FirmId::Platform => verify(firm, record, keys, master, None),
            _ => {
                let platform = self.slot(&FirmId::Platform).await?;
                verify(firm, record, keys, master, Some(platform.ring()?.endorsement()))
            }
        };
        verified.map_err(|what| KeyError::Tampered { firm: firm.clone(), what })
    }

    /// Remembers a verified record here and in the anchor, so that an older one is a roll-back. Before it is used.
    pub(crate) async fn note(&self, record: &FirmRecord, keys: &KeysRecord) -> Result<(), KeyError> {
        let firm = &record.firm;
        let noted = self.seen.note(firm, Head::of(record.generation, keys), Kept::of(keys));
        noted.map_err(|what| KeyError::Tampered { firm: firm.clone(), what })?;
        self.advance_anchor(firm).await
    }

    /// Version numbers up to this one were given, as far as this process and the anchor know (KEY-3).
    pub(crate) fn floor(&self, firm: &FirmId, purpose: Purpose) -> u32 {
        self.seen.highest(firm, purpose)
    }

    /// The firm's slot, full or empty.
    pub(crate) fn held(&self, firm: &FirmId) -> Arc<LiveSlot> {
        self.cache.slot(firm)
    }

    pub(crate) fn store(&self) -> &dyn KeyStore {
        &*self.store
    }

    /// What this process tells the ages of keys by.
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    /// Empties the slots whose time is over.
    #[cfg(feature = "testing")]
    pub(crate) fn sweep(&self) {
        self.cache.sweep();
    }
}

//! Loads, creates and shreds firms' keys: provider, store and cache together.

mod seen;

use std::sync::Arc;
use std::time::Instant;

use super::cache::{CacheSettings, KeyCache};
use super::create::{FIRST, NewFirm};
use super::error::{KeyError, Tampering};
use super::keyring::Keyring;
use super::live::{Emptied, LiveSlot};
use super::manifest::Tombstone;
use super::provider::{BoxFuture, EncryptionContext, KeyProvider, ProviderError, ProviderErrorKind, WrappedMasterKey};
use super::store::{FirmRecord, KeyStore, KeysRecord, RecordContent};
use super::verify::verify;
use crate::clock::Clock;
use crate::context::FirmId;
use crate::random::Randomness;
use crate::secret::FirmMasterKey;
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
const ATTEMPTS: usize = 5;

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
            let record = self.record(firm).await?.ok_or_else(|| match firm {
                FirmId::Platform => KeyError::NotInitialized,
                _ => KeyError::UnknownFirm { firm: firm.clone() },
            })?;
            self.open(firm, &record).await
        })
    }

    /// The stored record, refused when it is older than one seen before.
    async fn record(&self, firm: &FirmId) -> Result<Option<FirmRecord>, KeyError> {
        let tampered = |what| KeyError::Tampered { firm: firm.clone(), what };
        for _ in 0..ATTEMPTS {
            let before = self.seen.generation(firm);
            let record = self.store.load(std::slice::from_ref(firm)).await?.pop().flatten();
            if record.as_ref().is_some_and(|record| record.firm != *firm) {
                return Err(tampered(Tampering::ForeignRecord));
            }
            let found = record.as_ref().map(|record| record.generation);
            seen::check(before, found).map_err(tampered)?;
            // Somebody saw a later one while the store answered.
            if seen::check(self.seen.generation(firm), found).is_ok() {
                return Ok(record);
            }
        }
        Err(KeyError::Contended { firm: firm.clone() })
    }

    async fn open(&self, firm: &FirmId, record: &FirmRecord) -> Result<Keyring, KeyError> {
        match &record.content {
            RecordContent::Tombstone(stone) => Err(self.shredded(firm, record.generation, stone).await?),
            RecordContent::Keys(keys) => {
                let master = self.unwrap(firm, keys).await?;
                let ring = self.verify(firm, record, keys, &master).await?;
                let noted = self.seen.note(firm, ring.generation(), &keys.manifest);
                noted.map_err(|what| KeyError::Tampered { firm: firm.clone(), what })?;
                Ok(ring)
            }
        }
    }

    async fn verify(
        &self,
        firm: &FirmId,
        record: &FirmRecord,
        keys: &KeysRecord,
        master: &FirmMasterKey,
    ) -> Result<Keyring, KeyError> {
        let verified = match firm {
            FirmId::Platform => verify(firm, record, keys, master, None),
            _ => {
                let platform = self.slot(&FirmId::Platform).await?;
                verify(firm, record, keys, master, Some(platform.ring()?.endorsement()))
            }
        };
        verified.map_err(|what| KeyError::Tampered { firm: firm.clone(), what })
    }

    async fn unwrap(&self, firm: &FirmId, keys: &KeysRecord) -> Result<FirmMasterKey, KeyError> {
        let stored = &keys.master;
        if stored.provider != self.provider.id() || !self.provider.keks().contains(&stored.kek) {
            let (provider, kek) = (stored.provider.clone(), stored.kek.clone());
            return Err(KeyError::ForeignKek { firm: firm.clone(), provider, kek });
        }
        let context = EncryptionContext::master_key(firm, stored.version);
        let wrapped = WrappedMasterKey { kek: stored.kek.clone(), bytes: stored.wrapped.clone() };
        self.call("unwrap", firm, self.provider.unwrap(&context, &wrapped)).await
    }

    /// The error that an authentic tombstone means. The firm's keys are dropped, if another process shredded it.
    async fn shredded(&self, firm: &FirmId, generation: u64, stone: &[u8]) -> Result<KeyError, KeyError> {
        let forged = KeyError::Tampered { firm: firm.clone(), what: Tampering::Tombstone };
        // Nothing could vouch for the platform's own, and asking the platform would wait for itself.
        if *firm == FirmId::Platform {
            return Err(forged);
        }
        let platform = self.slot(&FirmId::Platform).await?;
        let stone = Tombstone::decode(platform.ring()?.endorsement(), stone)
            .filter(|stone| stone.firm == *firm && stone.generation == generation)
            .ok_or(forged)?;
        self.seen.bury(firm, stone.generation);
        self.cache.revoke(firm, Emptied::Shredded);
        Ok(KeyError::Shredded { firm: firm.clone() })
    }

    /// Makes the firm's first keys, unless it has some. Committed when it returns.
    pub(crate) async fn create(&self, firm: &FirmId) -> Result<Creation, KeyError> {
        firm.check()?;
        for _ in 0..ATTEMPTS {
            match self.record(firm).await? {
                Some(FirmRecord { content: RecordContent::Tombstone(stone), generation, .. }) => {
                    return Err(self.shredded(firm, generation, &stone).await?);
                }
                Some(_) => return self.slot(firm).await.map(|_| Creation::Existed),
                None => {}
            }
            let record = self.new_record(firm).await?;
            if self.store.replace(None, &record).await? {
                return self.slot(firm).await.map(|_| Creation::Created);
            }
        }
        Err(KeyError::Contended { firm: firm.clone() })
    }

    /// Makes the platform's keys, unless the store holds them. Firms without a platform are refused: it was removed.
    pub(crate) async fn initialize(&self) -> Result<Creation, KeyError> {
        let platform = FirmId::Platform;
        if self.record(&platform).await?.is_none() && !self.store.firms(None, 1).await?.is_empty() {
            // Another process may have made both in between; then the platform is there now.
            if self.record(&platform).await?.is_none() {
                return Err(KeyError::Tampered { firm: platform, what: Tampering::Vanished { seen: 1 } });
            }
        }
        self.create(&platform).await
    }

    async fn new_record(&self, firm: &FirmId) -> Result<FirmRecord, KeyError> {
        let platform = match firm {
            FirmId::Platform => None,
            _ => Some(self.slot(&FirmId::Platform).await?),
        };
        let context = EncryptionContext::master_key(firm, FIRST);
        let generate = self.provider.generate(&context, &*self.random);
        let (master, wrapped) = self.call("generate", firm, generate).await?;
        self.check_kek(firm, &wrapped)?;
        let ring = platform.as_ref().map(|slot| slot.ring()).transpose()?;
        let new = NewFirm {
            firm,
            provider: self.provider.id(),
            master: &master,
            wrapped,
            platform: ring.as_ref().map(|ring| ring.endorsement()),
            now: self.clock.unix_seconds(),
        };
        Ok(new.record(&*self.random)?)
    }

    /// Refuses a key that could not be unwrapped again, before it is stored.
    fn check_kek(&self, firm: &FirmId, wrapped: &WrappedMasterKey) -> Result<(), KeyError> {
        if self.provider.keks().contains(&wrapped.kek) {
            return Ok(());
        }
        let message = format!("it wrapped under KEK `{}`, which it does not list among its KEKs", wrapped.kek);
        let source = Arc::new(ProviderError::new(ProviderErrorKind::Internal, message));
        Err(KeyError::Provider { firm: firm.clone(), provider: self.provider.id().to_owned(), source })
    }

    /// Destroys the firm's wrapped keys in the store, leaves a tombstone, and empties its slot.
    pub(crate) async fn shred(&self, firm: &FirmId) -> Result<(), KeyError> {
        firm.check()?;
        if *firm == FirmId::Platform {
            return Err(KeyError::PlatformShred);
        }
        let platform = self.slot(&FirmId::Platform).await?;
        for _ in 0..ATTEMPTS {
            let record = self.record(firm).await?.ok_or_else(|| KeyError::UnknownFirm { firm: firm.clone() })?;
            if let RecordContent::Tombstone(stone) = &record.content {
                return Err(self.shredded(firm, record.generation, stone).await?);
            }
            let generation = record
                .generation
                .checked_add(1)
                .ok_or_else(|| KeyError::Tampered { firm: firm.clone(), what: Tampering::Disagree("generation") })?;
            let stone = Tombstone { firm: firm.clone(), generation, when: self.clock.unix_seconds() };
            let content = RecordContent::Tombstone(stone.encode(platform.ring()?.endorsement()));
            let buried = FirmRecord { firm: firm.clone(), generation, content };
            let mut dropped = DropKeys { cache: &self.cache, firm, why: Emptied::Revoked };
            if self.store.replace(Some(record.generation), &buried).await? {
                self.seen.bury(firm, generation);
                dropped.why = Emptied::Shredded;
                return Ok(());
            }
        }
        Err(KeyError::Contended { firm: firm.clone() })
    }

    /// Empties the firm's slot in this process: open sessions fail at their next cell, the next session loads again.
    pub(crate) fn revoke(&self, firm: &FirmId) {
        self.cache.revoke(firm, Emptied::Revoked);
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

    /// Runs one provider call and reports it as one event.
    async fn call<T>(
        &self,
        operation: &'static str,
        firm: &FirmId,
        call: BoxFuture<'_, Result<T, ProviderError>>,
    ) -> Result<T, KeyError> {
        let began = Instant::now();
        let result = call.await;
        let outcome = result.as_ref().err().map_or("ok".to_owned(), |e| e.kind().to_string());
        tracing::info!(
            name: "fieldseal.provider.call",
            provider = self.provider.id(),
            operation,
            %firm,
            outcome,
            micros = began.elapsed().as_micros() as u64,
            "key provider called"
        );
        result.map_err(|source| KeyError::Provider {
            firm: firm.clone(),
            provider: self.provider.id().to_owned(),
            source: Arc::new(source),
        })
    }
}

/// Drops the firm's keys at its end, also when the caller gives up waiting, or when the store fails: what was sent to
/// it may have been done.
struct DropKeys<'a> {
    cache: &'a KeyCache,
    firm: &'a FirmId,
    why: Emptied,
}

impl Drop for DropKeys<'_> {
    fn drop(&mut self) {
        self.cache.revoke(self.firm, self.why);
    }
}

//! Loads, creates and shreds firms' keys: provider, store and cache together.

mod anchored;
mod call;
mod create;
mod follow;
pub(crate) mod kept;
pub(crate) mod master;
mod masters;
mod phases;
mod platform;
pub(crate) mod reinsert;
mod rollback;
pub(crate) mod rotate_platform;
pub(crate) mod route;
mod seen;
mod shred;
mod standing;

use std::sync::{Arc, Weak};

use futures_util::lock::Mutex;

use super::anchor::Head;
use super::background::Background;
use super::cache::{KeyCache, Loader, Means};
use super::calls::Calls;
use super::error::KeyError;
use super::jitter::Jitter;
use super::keyring::Keyring;
use super::lease::{Membership, Standing};
use super::live::LiveSlot;
use super::phases::PhaseBoard;
use super::provider::BoxFuture;
use super::providers::Routes;
use super::settings::CacheSettings;
use super::standing::serial_of;
use super::stats::{Counts, KeyStats};
use super::store::{FirmRecord, KeyStore, KeysRecord, Purpose, RecordContent};
use super::timer::{RealTimer, Timer};
use super::verify::{Verified, verify};
use crate::clock::Clock;
use crate::context::FirmId;
use crate::random::Randomness;
use crate::secret::FirmMasterKey;
use anchored::Use;
pub(crate) use follow::Follower;
use kept::Kept;
use masters::Masters;
use seen::Seen;
pub(crate) use shred::Doomed;

pub(crate) struct Custody {
    routes: Arc<Routes>,
    store: Arc<dyn KeyStore>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Randomness>,
    cache: KeyCache,
    phases: Arc<PhaseBoard>,
    seen: Arc<Seen>,
    masters: Masters,
    /// Held by the one who takes over a change of the platform, for those who wait for it.
    following: Mutex<()>,
    calls: Calls,
    member: Arc<dyn Membership>,
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
pub(crate) const ATTEMPTS: usize = 5;

impl Custody {
    pub(crate) fn start(
        routes: Arc<Routes>,
        store: Arc<dyn KeyStore>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Randomness>,
        settings: CacheSettings,
        (member, standing): (Arc<dyn Membership>, Standing),
    ) -> Arc<Self> {
        let (jitter, counts, background) = (Jitter::default(), Arc::<Counts>::default(), Arc::<Background>::default());
        let timer: Arc<dyn Timer> = Arc::new(RealTimer::new(background.clone()));
        let calls = Calls::new(settings.provider, clock.clone(), timer.clone(), jitter.clone(), counts.clone());
        let means = Means { clock: clock.clone(), timer, jitter, counts, background };
        let phases = standing.phases.clone();
        Arc::new_cyclic(|me| {
            let cache = KeyCache::start(settings, means, loader(me.clone()), standing);
            Self {
                routes,
                store,
                clock,
                random,
                cache,
                calls,
                phases,
                seen: Arc::default(),
                masters: Masters::default(),
                following: Mutex::default(),
                member,
            }
        })
    }

    /// The firm's slot, if it is held and nobody need see to newer keys: no provider, no store, no waiting.
    #[inline]
    pub(crate) fn warm(&self, firm: &FirmId) -> Option<Arc<LiveSlot>> {
        if self.phases.wants_reading() { None } else { self.cache.warm(firm) }
    }

    /// The firm's slot, filled; its keys are loaded if this process does not hold them.
    pub(crate) async fn slot(&self, firm: &FirmId) -> Result<Arc<LiveSlot>, KeyError> {
        if let Some(slot) = self.warm(firm) {
            return Ok(slot);
        }
        firm.check()?;
        if self.phases.wants_reading() && *firm != FirmId::Platform {
            // Without them models in transit are refused, and no other.
            drop(Box::pin(self.phases()).await);
        }
        for _ in 0..ATTEMPTS {
            // Before anything is read: what changes from then on, this process is told.
            if !self.member.is_member() {
                self.member.join().await?;
            }
            match self.cache.get(firm).await {
                // The record changed while it was loaded, or the process lost its place among the others.
                Err(KeyError::Contended { .. } | KeyError::LeaseEnded { .. }) => {}
                done => return done,
            }
        }
        Err(KeyError::Contended { firm: firm.clone() })
    }

    /// What the cache has done so far.
    pub(crate) fn stats(&self) -> KeyStats {
        self.cache.stats()
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
            let mut record = self.stored(firm).await?;
            for _ in 0..ATTEMPTS {
                let platform = self.platform_held();
                match self.open(firm, &record).await {
                    Ok(ring) => return Ok(ring),
                    Err(error) => record = self.vouched_anew(&record, platform, error).await?,
                }
            }
            Err(KeyError::Contended { firm: firm.clone() })
        })
    }

    /// The stored record, refused when it is older than one seen before.
    async fn record(&self, firm: &FirmId) -> Result<Option<FirmRecord>, KeyError> {
        for _ in 0..ATTEMPTS {
            self.ask_anchor(std::slice::from_ref(firm), Use::Load).await?;
            let (before, serial_before) = (self.seen.generation(firm), self.seen.serial(firm));
            let record = self.unchecked(firm).await?;
            let found = record.as_ref().map(|record| record.generation);
            let serial = record.as_ref().and_then(serial_of);
            if let Err(what) = seen::check(before, found) {
                if self.undo(firm, record.as_ref(), &what).await? {
                    continue;
                }
                return Err(KeyError::Tampered { firm: firm.clone(), what });
            }
            seen::check_serial(serial_before, serial)
                .map_err(|what| KeyError::Tampered { firm: firm.clone(), what })?;
            // Somebody saw a later one while the store answered.
            if seen::check(self.seen.generation(firm), found).is_ok()
                && seen::check_serial(self.seen.serial(firm), serial).is_ok()
            {
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
                // Before the provider is asked: it may be out of reach.
                self.refuse_suspended(firm, record).await?;
                let master = self.unwrap(firm, keys).await?;
                let verified = self.verified(firm, record, keys, &master).await?;
                self.note(record, keys).await?;
                let ring = verified.keyring();
                if *firm == FirmId::Platform {
                    // A note that does not hold up blanks the board, and takes no firm's keys away.
                    drop(phases::post(&self.phases, record, ring.endorsement()));
                }
                Ok(ring)
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
        let verified = verified.map_err(|what| KeyError::Tampered { firm: firm.clone(), what })?;
        self.follows(&verified.manifest)?;
        Ok(verified)
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

    pub(crate) fn routes(&self) -> &Arc<Routes> {
        &self.routes
    }

    pub(crate) fn store(&self) -> &dyn KeyStore {
        &*self.store
    }

    pub(crate) fn random(&self) -> &dyn Randomness {
        &*self.random
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

/// Loads by a vault that may be gone when the load's turn comes.
fn loader(custody: Weak<Custody>) -> Loader {
    Box::new(move |firm| {
        let (custody, firm) = (custody.upgrade(), firm.clone());
        Box::pin(async move {
            match custody {
                Some(custody) => custody.load(&firm).await,
                None => Err(KeyError::Expired { firm }),
            }
        })
    })
}

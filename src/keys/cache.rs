//! Which firms' keyrings this process holds: moka for the bound, live slots for the truth, one load for all who wait.
//!
//! moka keeps an expired or evicted value until its housekeeping runs, and a load in flight undoes an invalidation. So a slot
//! decides what is held, not moka's entry, and a slot that was emptied during a load refuses what the load brings.

mod flights;
mod loads;
mod slots;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use super::background::Background;
use super::error::KeyError;
use super::jitter::Jitter;
use super::keyring::Keyring;
use super::lease::Standing;
use super::live::{Emptied, LiveSlot};
use super::provider::BoxFuture;
use super::settings::CacheSettings;
use super::stats::{Counts, KeyStats};
use super::timer::Timer;
use crate::clock::Clock;
use crate::context::FirmId;
use flights::Boarding;
use loads::Loads;

pub(super) use slots::Slots;

/// Loads a firm's keys from store and provider.
pub(crate) type Loader = Box<dyn Fn(&FirmId) -> BoxFuture<'static, Result<Keyring, KeyError>> + Send + Sync>;

/// What a cache works with.
pub(crate) struct Means {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) timer: Arc<dyn Timer>,
    pub(crate) jitter: Jitter,
    pub(crate) counts: Arc<Counts>,
    pub(crate) background: Arc<Background>,
}

pub(crate) struct KeyCache {
    slots: Arc<Slots>,
    loads: Arc<Loads>,
    standing: Standing,
}

impl KeyCache {
    pub(crate) fn start(settings: CacheSettings, means: Means, loader: Loader, standing: Standing) -> Self {
        let slots = Slots::new(means.clock.clone());
        let loads = Arc::new(Loads::new(settings, means, slots.clone(), loader));
        let tending = Arc::downgrade(&loads);
        slots.start(move || {
            if let Some(loads) = tending.upgrade() {
                loads.tend();
            }
        });
        Self { slots, loads, standing }
    }

    /// The firm's slot, if it holds keys that nobody need see to.
    #[inline]
    pub(crate) fn warm(&self, firm: &FirmId) -> Option<Arc<LiveSlot>> {
        let now = self.slots.now();
        let slot = self.slots.fresh(firm, now)?;
        self.loads.keep(&slot, now);
        Some(slot)
    }

    /// The firm's full slot. A load runs once for all who wait for the same firm. Keys that are due are given out, and
    /// replaced in the background.
    pub(crate) async fn get(&self, firm: &FirmId) -> Result<Arc<LiveSlot>, KeyError> {
        let (slot, now) = (self.slot(firm), self.slots.now());
        slot.expire(now);
        if slot.is_due(now) {
            self.loads.refresh(&slot);
        } else if !slot.is_full() {
            self.fill(firm, &slot, now).await?;
        }
        self.loads.keep(&slot, now);
        Ok(slot)
    }

    async fn fill(&self, firm: &FirmId, slot: &Arc<LiveSlot>, now: Duration) -> Result<(), KeyError> {
        if let Some(error) = self.loads.refused(firm, now) {
            return Err(error);
        }
        match self.join(slot).await {
            // That load may have asked the store before the firm was made, of which the caller knows.
            (Err(KeyError::UnknownFirm { .. } | KeyError::NotInitialized), Whose::Others) => self.join(slot).await.0,
            (loaded, _) => loaded,
        }
    }

    /// Waits for the load of the slot's epoch, which begins if there is none.
    async fn join(&self, slot: &Arc<LiveSlot>) -> (Result<(), KeyError>, Whose) {
        match self.loads.flights.board(slot, slot.epoch(), false) {
            Boarding::Full => (Ok(()), Whose::Own),
            Boarding::Others(flight) => (flight.await, Whose::Others),
            Boarding::Own(flight, takeoff) => {
                self.loads.begin(slot.clone(), takeoff);
                (flight.await, Whose::Own)
            }
        }
    }

    /// The firm's one slot, as long as anyone holds it.
    pub(crate) fn slot(&self, firm: &FirmId) -> Arc<LiveSlot> {
        self.slots.get(firm, &self.standing)
    }

    /// Empties the firm's slot in every session and refuses loads in flight.
    pub(crate) fn revoke(&self, firm: &FirmId, why: Emptied) {
        self.slots.empty(firm, why);
        self.forget(firm);
    }

    /// Every slot that anyone holds.
    pub(crate) fn slots(&self) -> Arc<Slots> {
        self.slots.clone()
    }

    /// Loads the firm's keys anew; those that it holds stay in use until then.
    pub(crate) async fn reload(&self, firm: &FirmId) -> Result<(), KeyError> {
        let slot = self.slot(firm);
        self.loads.load(&slot, slot.epoch()).await
    }

    /// Forgets that the firm was unknown or refused.
    pub(crate) fn forget(&self, firm: &FirmId) {
        self.loads.forget(firm);
    }

    pub(crate) fn stats(&self) -> KeyStats {
        self.loads.stats()
    }

    /// Empties every slot whose time is over, forgets slots that nobody holds, and begins refreshes of those in use.
    #[cfg(feature = "testing")]
    pub(crate) fn sweep(&self) {
        self.slots.sweep();
        self.loads.tend();
    }
}

/// Whose load a caller waited for.
enum Whose {
    Own,
    Others,
}

/// Room for so many firms, of which those go first that nobody asked for longest.
fn room<T: Clone + Send + Sync + 'static>(max_firms: u64) -> Cache<FirmId, T> {
    Cache::builder().max_capacity(max_firms).eviction_policy(EvictionPolicy::lru()).build()
}

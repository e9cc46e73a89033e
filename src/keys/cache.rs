//! Which firms' keyrings this process holds: moka for single-flight loads and the bound, live slots for the truth.
//!
//! moka keeps an expired value until its housekeeping runs, and a load in flight undoes an invalidation. So moka's
//! entries carry no keys: a slot decides, and a slot that was revoked during a load refuses what the load brings.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use moka::future::Cache;

use super::error::KeyError;
use super::keyring::Keyring;
use super::live::{Emptied, LiveSlot};
use crate::clock::Clock;
use crate::context::FirmId;

/// The bounds of the keyring cache.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct CacheSettings {
    /// Firms whose keyrings are held at most. Default 10,000. Those in use by sessions are held beyond it.
    pub max_firms: u64,
    /// Time after which a keyring is dropped and loaded again. Default one hour.
    pub ttl: Duration,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self { max_firms: 10_000, ttl: Duration::from_secs(3600) }
    }
}

pub(crate) struct KeyCache {
    entries: Cache<FirmId, Arc<LiveSlot>>,
    /// Every slot that anyone holds, so that emptying reaches sessions whose entry moka has evicted.
    slots: Mutex<HashMap<FirmId, Weak<LiveSlot>>>,
    ttl: Duration,
    clock: Arc<dyn Clock>,
}

impl KeyCache {
    pub(crate) fn new(settings: CacheSettings, clock: Arc<dyn Clock>) -> Self {
        Self {
            entries: Cache::builder().max_capacity(settings.max_firms).build(),
            slots: Mutex::default(),
            ttl: settings.ttl,
            clock,
        }
    }

    /// The firm's full slot. `load` runs once for all tasks that wait for the same firm.
    pub(crate) async fn get(
        &self,
        firm: &FirmId,
        load: impl Future<Output = Result<Keyring, KeyError>>,
    ) -> Result<Arc<LiveSlot>, KeyError> {
        if let Some(slot) = self.entries.get(firm).await {
            slot.expire(self.clock.elapsed());
            if slot.is_full() {
                return Ok(slot);
            }
            self.entries.invalidate(firm).await;
        }
        let filled = self.entries.try_get_with(firm.clone(), self.fill(firm, load)).await;
        filled.map_err(|error| KeyError::clone(&error))
    }

    async fn fill(
        &self,
        firm: &FirmId,
        load: impl Future<Output = Result<Keyring, KeyError>>,
    ) -> Result<Arc<LiveSlot>, KeyError> {
        let slot = self.slot(firm);
        let (epoch, began) = (slot.epoch(), self.clock.elapsed());
        let ring = load.await?;
        slot.publish(epoch, ring, began + self.ttl)?;
        Ok(slot)
    }

    /// The firm's one slot, as long as anyone holds it.
    pub(crate) fn slot(&self, firm: &FirmId) -> Arc<LiveSlot> {
        let mut slots = self.lock();
        if let Some(slot) = slots.get(firm).and_then(Weak::upgrade) {
            return slot;
        }
        let slot = Arc::new(LiveSlot::new(firm.clone()));
        slots.insert(firm.clone(), Arc::downgrade(&slot));
        slot
    }

    /// Empties the firm's slot in every session and refuses loads in flight.
    pub(crate) async fn revoke(&self, firm: &FirmId, why: Emptied) {
        self.slot(firm).revoke(why);
        self.entries.invalidate(firm).await;
    }

    /// Empties every slot whose time is over, and forgets slots that nobody holds.
    pub(crate) fn sweep(&self) {
        let now = self.clock.elapsed();
        self.lock().retain(|_, slot| slot.upgrade().inspect(|slot| slot.expire(now)).is_some());
    }

    // The map is never left half-changed, so a panic elsewhere does not spoil it.
    fn lock(&self) -> MutexGuard<'_, HashMap<FirmId, Weak<LiveSlot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

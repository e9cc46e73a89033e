//! Which firms' keyrings this process holds: moka for single-flight loads and the bound, live slots for the truth.
//!
//! moka keeps an expired value until its housekeeping runs, and a load in flight undoes an invalidation. So moka's
//! entries carry no keys: a slot decides, and a slot that was emptied during a load refuses what the load brings.

mod slots;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use moka::future::Cache;

use super::error::KeyError;
use super::keyring::Keyring;
use super::lease::Standing;
use super::live::{Emptied, LiveSlot};
use crate::clock::Clock;
use crate::context::FirmId;
pub(super) use slots::Slots;

/// The bounds of the keyring cache.
///
/// ```
/// # use std::time::Duration;
/// let mut settings = fieldseal::keys::CacheSettings::default();
/// settings.ttl = Duration::from_secs(600);
/// ```
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
    /// Holds the slots of firms that were used lately.
    entries: Cache<FirmId, Arc<LiveSlot>>,
    /// Loads in flight; it keeps nothing. A load belongs to one epoch of a slot: who comes after a revocation does not
    /// wait for a load from before it, which may not publish.
    flights: Cache<(FirmId, u64), ()>,
    slots: Arc<Slots>,
    standing: Standing,
    ttl: Duration,
}

impl KeyCache {
    pub(crate) fn new(settings: CacheSettings, clock: Arc<dyn Clock>, standing: Standing) -> Self {
        Self {
            entries: Cache::builder().max_capacity(settings.max_firms).build(),
            flights: no_flights(),
            slots: Slots::start(clock),
            standing,
            ttl: settings.ttl,
        }
    }

    /// The same slots, with loads that never wait for this one's.
    pub(crate) fn apart(&self) -> Self {
        let (entries, slots, standing) = (self.entries.clone(), self.slots.clone(), self.standing.clone());
        Self { entries, flights: no_flights(), slots, standing, ttl: self.ttl }
    }

    /// The firm's full slot. `load` runs once for all tasks that wait for the same firm.
    pub(crate) async fn get<L>(&self, firm: &FirmId, load: impl Fn() -> L) -> Result<Arc<LiveSlot>, KeyError>
    where
        L: Future<Output = Result<Keyring, KeyError>>,
    {
        let slot = self.slot(firm);
        slot.expire(self.slots.now());
        if !slot.is_full() {
            match self.join(firm, &slot, load()).await {
                // That load may have asked the store before the firm was made, of which the caller knows.
                (Err(KeyError::UnknownFirm { .. } | KeyError::NotInitialized), Load::Others) => {
                    self.join(firm, &slot, load()).await.0?;
                }
                (loaded, _) => loaded?,
            }
        }
        if self.entries.get(firm).await.is_none() {
            self.entries.insert(firm.clone(), slot.clone()).await;
        }
        Ok(slot)
    }

    /// Waits for the load of the slot's epoch, which is `load` if there is none in flight.
    async fn join(
        &self,
        firm: &FirmId,
        slot: &LiveSlot,
        load: impl Future<Output = Result<Keyring, KeyError>>,
    ) -> (Result<(), KeyError>, Load) {
        let (epoch, own) = (slot.epoch(), AtomicBool::new(false));
        let fill = async {
            own.store(true, Ordering::Relaxed);
            self.fill(slot, epoch, load).await
        };
        let filled = self.flights.try_get_with((firm.clone(), epoch), fill).await;
        let whose = if own.load(Ordering::Relaxed) { Load::Own } else { Load::Others };
        (filled.map_err(|error| KeyError::clone(&error)), whose)
    }

    async fn fill(
        &self,
        slot: &LiveSlot,
        epoch: u64,
        load: impl Future<Output = Result<Keyring, KeyError>>,
    ) -> Result<(), KeyError> {
        // Another load of this epoch may have ended since the caller looked.
        if slot.is_full() {
            return Ok(());
        }
        let began = self.slots.now();
        let ring = load.await?;
        slot.publish(epoch, ring, began.saturating_add(self.ttl))
    }

    /// The firm's one slot, as long as anyone holds it.
    pub(crate) fn slot(&self, firm: &FirmId) -> Arc<LiveSlot> {
        self.slots.get(firm, &self.standing)
    }

    /// Empties the firm's slot in every session and refuses loads in flight.
    pub(crate) fn revoke(&self, firm: &FirmId, why: Emptied) {
        self.slots.empty(firm, why);
    }

    /// Every slot that anyone holds.
    pub(crate) fn slots(&self) -> Arc<Slots> {
        self.slots.clone()
    }

    /// Loads the firm's keys anew; those that it holds stay in use until then.
    pub(crate) async fn reload(
        &self,
        firm: &FirmId,
        load: impl Future<Output = Result<Keyring, KeyError>>,
    ) -> Result<(), KeyError> {
        let slot = self.slot(firm);
        let (epoch, began) = (slot.epoch(), self.slots.now());
        slot.publish(epoch, load.await?, began.saturating_add(self.ttl))
    }

    /// Empties every slot whose time is over, and forgets slots that nobody holds.
    #[cfg(feature = "testing")]
    pub(crate) fn sweep(&self) {
        self.slots.sweep();
    }
}

/// Whose load a caller waited for.
enum Load {
    Own,
    Others,
}

/// moka with room for nothing runs loads once and forgets them.
fn no_flights() -> Cache<(FirmId, u64), ()> {
    Cache::builder().max_capacity(0).build()
}

//! Loads: those that somebody waits for, those ahead of need, and what is remembered of those that failed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use moka::sync::Cache;

use super::flights::{Boarding, Flights, Takeoff};
use super::slots::Slots;
use super::{Loader, Means, room};
use crate::context::FirmId;
use crate::keys::error::KeyError;
use crate::keys::live::LiveSlot;
use crate::keys::settings::CacheSettings;
use crate::keys::stats::KeyStats;

/// The share of `refresh_after` that chance takes off, as its divisor.
const EARLIER: u32 = 5;

/// Pauses between refreshes that fail: they begin here and double to [`LONGEST_PAUSE`], half of each by chance.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Time between two notes that a firm is in use.
const NOTED: Duration = Duration::from_secs(1);

pub(super) struct Loads {
    pub(super) flights: Arc<Flights>,
    /// Holds the slots of firms that were used lately.
    entries: Cache<FirmId, Arc<LiveSlot>>,
    /// Firms that were unknown or refused a moment ago.
    refusals: Cache<FirmId, Refused>,
    refreshing: AtomicUsize,
    slots: Arc<Slots>,
    settings: CacheSettings,
    means: Means,
    loader: Loader,
}

/// A failure that is not tried again before its time.
#[derive(Clone)]
pub(super) struct Refused {
    error: KeyError,
    until: Duration,
}

impl Loads {
    pub(super) fn new(settings: CacheSettings, means: Means, slots: Arc<Slots>, loader: Loader) -> Self {
        let (entries, refusals) = (room(settings.max_firms), room(settings.max_firms));
        let (flights, refreshing) = (Arc::default(), AtomicUsize::new(0));
        Self { flights, entries, refusals, refreshing, slots, settings, means, loader }
    }

    /// Notes that the firm is in use, not more often than it matters.
    #[inline]
    pub(super) fn keep(&self, slot: &Arc<LiveSlot>, now: Duration) {
        if slot.note_use(now, NOTED) && self.entries.get(slot.firm()).is_none() {
            self.entries.insert(slot.firm().clone(), slot.clone());
        }
    }

    /// The failure of a moment ago.
    pub(super) fn refused(&self, firm: &FirmId, now: Duration) -> Option<KeyError> {
        let refused = self.refusals.get(firm).filter(|refused| now < refused.until)?;
        self.means.counts.negative.up();
        Some(refused.error)
    }

    pub(super) fn forget(&self, firm: &FirmId) {
        self.refusals.invalidate(firm);
    }

    /// Begins a load that somebody waits for.
    pub(super) fn begin(self: &Arc<Self>, slot: Arc<LiveSlot>, takeoff: Takeoff) {
        let (loads, under_way) = (self.clone(), UnderWay::new(self));
        self.means.background.spawn(async move {
            let outcome = loads.load(&slot, takeoff.epoch()).await;
            match &outcome {
                Ok(()) => loads.loaded(&slot),
                Err(error) => loads.failed(slot.firm(), error),
            }
            // Who is told of the end may be the last: nothing is held here any more.
            drop((under_way, slot, loads));
            takeoff.land(outcome);
        });
    }

    /// Begins a load of keys that are due, unless one is under way or so many are that others come first.
    pub(super) fn refresh(self: &Arc<Self>, slot: &Arc<LiveSlot>) {
        if self.refreshing.load(Ordering::Relaxed) >= self.settings.provider.calls_at_once as usize {
            return;
        }
        if let Boarding::Own(_, takeoff) = self.flights.board(slot, slot.epoch(), true) {
            let (loads, slot) = (self.clone(), slot.clone());
            let under_way = (Refreshing::new(self), UnderWay::new(self));
            self.means.background.spawn(async move {
                let outcome = loads.load(&slot, takeoff.epoch()).await;
                match &outcome {
                    Ok(()) => loads.means.counts.refreshes.up(),
                    Err(error) => loads.stale(&slot, takeoff.epoch(), error),
                }
                drop((under_way, slot, loads));
                takeoff.land(outcome);
            });
        }
    }

    /// Replaces keys that are in use and due, and has moka do its housekeeping.
    pub(super) fn tend(self: &Arc<Self>) {
        for slot in self.slots.due() {
            let ours = 1 + usize::from(self.entries.contains_key(slot.firm()));
            if Arc::strong_count(&slot) > ours {
                self.refresh(&slot);
            }
        }
        self.entries.run_pending_tasks();
        self.refusals.run_pending_tasks();
    }

    pub(super) fn stats(&self) -> KeyStats {
        self.means.counts.stats(self.slots.hits())
    }

    pub(super) async fn load(&self, slot: &LiveSlot, epoch: u64) -> Result<(), KeyError> {
        let began = self.slots.now();
        let after = self.settings.provider.deadline;
        let until = self.means.timer.now().saturating_add(after);
        let loaded = self.means.timer.within(until, (self.loader)(slot.firm())).await;
        let ring = loaded.unwrap_or_else(|| Err(KeyError::Overdue { firm: slot.firm().clone(), after }))?;
        let earlier = self.means.jitter.up_to(self.settings.refresh_after / EARLIER);
        let due = self.settings.refresh_after - earlier;
        slot.publish(epoch, ring, began.saturating_add(self.settings.ttl), began.saturating_add(due))
    }

    /// Kept here too: all who waited may have given up.
    fn loaded(&self, slot: &Arc<LiveSlot>) {
        self.means.counts.loads.up();
        self.keep(slot, self.slots.now());
    }

    fn failed(&self, firm: &FirmId, error: &KeyError) {
        self.means.counts.load_failures.up();
        let time = match error {
            KeyError::UnknownFirm { .. } => self.settings.unknown_ttl,
            KeyError::Provider { source, .. } if !source.is_retryable() => self.settings.refused_ttl,
            _ => return,
        };
        if !time.is_zero() {
            let until = self.slots.now().saturating_add(time);
            self.refusals.insert(firm.clone(), Refused { error: error.clone(), until });
        }
    }

    /// Keeps the keys, says so, and puts the next attempt off.
    fn stale(&self, slot: &LiveSlot, epoch: u64, error: &KeyError) {
        let now = self.slots.now();
        let pause = |failures: u32| {
            let half = LONGEST_PAUSE.min(FIRST_PAUSE.saturating_mul(1 << failures.saturating_sub(1).min(16))) / 2;
            half + self.means.jitter.up_to(half)
        };
        // Emptied meanwhile, by a revocation or a tombstone: nothing is stale.
        let Some(deadline) = slot.postpone(epoch, now, pause) else { return };
        self.means.counts.stale.up();
        tracing::warn!(
            name: "fieldseal.keys.stale",
            firm = %slot.firm(),
            code = error.code(),
            refused = !error.is_retryable(),
            seconds_left = deadline.saturating_sub(now).as_secs(),
            "keys could not be refreshed; those held serve until their time is over"
        );
    }
}

/// Counts a load while it runs, also when it panics.
struct UnderWay(Arc<Loads>);

impl UnderWay {
    fn new(loads: &Arc<Loads>) -> Self {
        loads.means.counts.under_way.up();
        Self(loads.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.means.counts.under_way.down();
    }
}

/// One of the refreshes that run at once.
struct Refreshing(Arc<Loads>);

impl Refreshing {
    fn new(loads: &Arc<Loads>) -> Self {
        loads.refreshing.fetch_add(1, Ordering::Relaxed);
        Self(loads.clone())
    }
}

impl Drop for Refreshing {
    fn drop(&mut self) {
        self.0.refreshing.fetch_sub(1, Ordering::Relaxed);
    }
}

//! A live per-firm slot: sessions hold it instead of keys, so that emptying it reaches them all at their next cell.

#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::{ArcSwapOption, Guard};

use super::error::KeyError;
use super::keyring::Keyring;
use super::lease::Standing;
use super::phases::Phase;
use super::seals::Seals;
use crate::context::FirmId;

/// A keyring that may be taken away at any moment.
pub(crate) struct LiveSlot {
    firm: FirmId,
    ring: ArcSwapOption<Keyring>,
    /// Counts this process's seals, whichever keyring is in place.
    seals: Arc<Seals>,
    /// From when on somebody should see to newer keys, in nanoseconds on the vault's clock; 0 while it is empty.
    due: AtomicU64,
    /// Whether a cell was sealed or opened with these keys.
    used: AtomicBool,
    /// When a session last asked for it, roughly, in nanoseconds on the vault's clock.
    noted: AtomicU64,
    /// Orders publishing against emptying. No cell takes it.
    life: Mutex<Life>,
    /// `None`: the slot of nobody's process, in tests and of closed sessions.
    standing: Option<Standing>,
}

struct Life {
    /// Changes whenever the slot is emptied: a load that began before must not publish. No two slots share one.
    epoch: u64,
    /// The epoch before this one, if loads that began in it are to be run again: what they read is out of date.
    outdated: Option<u64>,
    /// On the vault's clock.
    deadline: Duration,
    /// Refreshes that have failed since these keys came.
    failures: u32,
    /// The highest generation published: of two loads at once, the one that read first may end last.
    generation: u64,
    /// Why there is no keyring, while there is none.
    emptied: Emptied,
}

const NEVER_NOTED: u64 = u64::MAX;

/// Why a slot holds no keyring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Emptied {
    /// Never filled: the firm has no keys yet.
    Unborn,
    Expired,
    Revoked,
    Suspended,
    Shredded,
    /// The process was cut off from the key store, or left its fleet.
    LeaseEnded,
    /// Never to be filled: a closed session's.
    Closed,
    /// Never to be filled: stands for the platform's where the firm stays out of global indexes.
    KeptOut,
}

/// A keyring in use for one cell or row.
pub(crate) struct RingGuard(Guard<Option<Arc<Keyring>>>);

impl std::ops::Deref for RingGuard {
    type Target = Keyring;

    fn deref(&self) -> &Keyring {
        self.0.as_ref().expect("a guard is made of a full slot only")
    }
}

impl LiveSlot {
    /// A slot of this process, whose keys are good for as long as its lease.
    pub(crate) fn new(firm: FirmId, standing: Standing) -> Self {
        Self::empty_for(firm, Emptied::Unborn, Some(standing))
    }

    /// The slot of a closed session: nobody fills it.
    pub(crate) fn closed(firm: FirmId) -> Self {
        Self::empty_for(firm, Emptied::Closed, None)
    }

    /// In the place of the platform's slot, for a firm that stays out of global indexes: nobody fills it.
    pub(crate) fn kept_out(firm: FirmId) -> Self {
        Self::empty_for(firm, Emptied::KeptOut, None)
    }

    fn empty_for(firm: FirmId, emptied: Emptied, standing: Option<Standing>) -> Self {
        let (deadline, generation) = (Duration::ZERO, 0);
        let life = Life { epoch: new_epoch(), outdated: None, deadline, failures: 0, generation, emptied };
        let (due, used, noted) = (AtomicU64::new(0), AtomicBool::new(false), AtomicU64::new(NEVER_NOTED));
        let (ring, seals) = (ArcSwapOption::empty(), Arc::default());
        Self { firm, ring, seals, due, used, noted, life: Mutex::new(life), standing }
    }

    /// The keyring, by one atomic load and a look at the clock.
    #[inline]
    pub(crate) fn ring(&self) -> Result<RingGuard, KeyError> {
        let ring = self.ring.load();
        if ring.is_none() || self.is_cut_off() {
            return Err(self.why_not(ring.is_some()));
        }
        // Written once a load: threads that use one firm do not take the line from each other.
        if !self.used.load(Ordering::Relaxed) {
            self.used.store(true, Ordering::Relaxed);
        }
        Ok(RingGuard(ring))
    }

    /// The phase of a pair of legacy and sealed column. A slot of nobody's process knows none, nor one whose lease is over: the
    /// step that it was waited for may have been taken.
    pub(crate) fn phase(&self, table: &str, column: &str) -> Option<Phase> {
        let standing = self.standing.as_ref().filter(|standing| !standing.lease.is_over())?;
        standing.phases.of(table, column)
    }

    /// This process's seals.
    pub(crate) fn seals(&self) -> &Arc<Seals> {
        &self.seals
    }

    /// Whether the process's lease is over, and with it every key's time (FLEET-5).
    #[inline]
    fn is_cut_off(&self) -> bool {
        self.standing.as_ref().is_some_and(|standing| standing.lease.is_over())
    }

    /// The keyring that it holds, whether or not it may be used.
    pub(crate) fn held(&self) -> Option<Arc<Keyring>> {
        self.ring.load_full()
    }

    /// The firm whose keyring it holds.
    pub(crate) fn firm(&self) -> &FirmId {
        &self.firm
    }

    /// Whether the process's end of lease emptied it, so that its sessions may go on once there is another.
    pub(crate) fn lost_its_lease(&self) -> bool {
        !self.is_full() && self.lock().emptied == Emptied::LeaseEnded
    }

    /// Whether this is a closed session's.
    pub(crate) fn is_closed(&self) -> bool {
        !self.is_full() && self.lock().emptied == Emptied::Closed
    }

    pub(crate) fn is_full(&self) -> bool {
        self.ring.load().is_some()
    }

    /// Whether it is full, and nobody need see to newer keys yet.
    pub(crate) fn is_fresh(&self, now: Duration) -> bool {
        nanos(now) < self.due.load(Ordering::Relaxed)
            && !self.standing.as_ref().is_some_and(|standing| standing.lease.is_over_at(now))
    }

    /// Whether it is full of keys that somebody should see to.
    pub(crate) fn is_due(&self, now: Duration) -> bool {
        self.is_full() && !self.is_fresh(now)
    }

    /// Whether a cell was sealed or opened with the keys that it holds.
    pub(crate) fn was_used(&self) -> bool {
        self.used.load(Ordering::Relaxed)
    }

    /// Notes that a session asks for it, unless one did within `interval`; whether it was noted.
    pub(crate) fn note_use(&self, now: Duration, interval: Duration) -> bool {
        let (noted, now) = (self.noted.load(Ordering::Relaxed), nanos(now));
        let again = noted == NEVER_NOTED || now.saturating_sub(noted) >= nanos(interval);
        if again {
            self.noted.store(now, Ordering::Relaxed);
        }
        again
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.lock().epoch
    }

    /// Fills the slot until `deadline`, unless it was emptied since `epoch` was read. From `due` on it wants newer keys.
    pub(crate) fn publish(&self, epoch: u64, ring: Keyring, deadline: Duration, due: Duration) -> Result<(), KeyError> {
        let mut life = self.lock();
        if life.outdated == Some(epoch) {
            return Err(KeyError::Contended { firm: self.firm.clone() });
        }
        if life.epoch != epoch {
            return Err(self.why_empty(life.emptied));
        }
        if ring.generation() < life.generation {
            return Err(KeyError::Contended { firm: self.firm.clone() });
        }
        life.deadline = deadline;
        life.failures = 0;
        life.generation = ring.generation();
        self.ring.store(Some(Arc::new(ring)));
        self.used.store(false, Ordering::Relaxed);
        self.due.store(nanos(due.min(deadline)), Ordering::Relaxed);
        Ok(())
    }

    /// Notes that newer keys were not to be had: the slot wants them again after `pause` of so many failures in a row, and
    /// keeps what it has until its deadline, which is returned. `None`: it was emptied meanwhile.
    pub(crate) fn postpone(&self, epoch: u64, now: Duration, pause: impl FnOnce(u32) -> Duration) -> Option<Duration> {
        let mut life = self.lock();
        if life.epoch != epoch || !self.is_full() {
            return None;
        }
        life.failures = life.failures.saturating_add(1);
        let due = now.saturating_add(pause(life.failures)).min(life.deadline);
        self.due.store(nanos(due), Ordering::Relaxed);
        Some(life.deadline)
    }

    /// Puts a later record's keys in the place of those it holds, whose time stays what it was. An empty slot stays empty.
    pub(crate) fn renew(&self, ring: Keyring) {
        let mut life = self.lock();
        if self.is_full() && ring.generation() > life.generation {
            life.generation = ring.generation();
            self.ring.store(Some(Arc::new(ring)));
        }
    }

    /// Refuses what loads in flight have read, which are to be run again; the keys that it holds stay in use.
    pub(crate) fn outdate(&self) {
        let mut life = self.lock();
        life.outdated = Some(life.epoch);
        life.epoch = new_epoch();
    }

    /// Empties the slot and refuses what loads in flight would publish.
    pub(crate) fn revoke(&self, why: Emptied) {
        self.empty(&mut self.lock(), why);
    }

    /// Empties the slot if its time is over.
    pub(crate) fn expire(&self, now: Duration) {
        let mut life = self.lock();
        if self.is_full() && life.deadline <= now {
            self.empty(&mut life, Emptied::Expired);
        }
    }

    /// Empties the slot if the process's lease is over.
    pub(crate) fn cut_off(&self) {
        let mut life = self.lock();
        // Looked at with the slot locked: keys that a later lease brings come after.
        if self.is_full() && self.is_cut_off() {
            self.empty(&mut life, Emptied::LeaseEnded);
        }
    }

    /// Notes that the firm has no keys, whatever emptied the slot before: the next seal may make some.
    pub(crate) fn unborn(&self) {
        self.lock().emptied = Emptied::Unborn;
    }

    fn empty(&self, life: &mut Life, why: Emptied) {
        life.epoch = new_epoch();
        life.outdated = None;
        life.emptied = why;
        self.due.store(0, Ordering::Relaxed);
        self.ring.store(None);
    }

    #[cold]
    fn why_not(&self, full: bool) -> KeyError {
        if full { self.why_empty(Emptied::LeaseEnded) } else { self.why_empty(self.lock().emptied) }
    }

    fn why_empty(&self, emptied: Emptied) -> KeyError {
        let firm = self.firm.clone();
        match emptied {
            Emptied::Unborn => KeyError::UnknownFirm { firm },
            Emptied::Expired => KeyError::Expired { firm },
            Emptied::Revoked => KeyError::Revoked { firm },
            Emptied::Suspended => KeyError::Suspended { firm },
            Emptied::Shredded => KeyError::Shredded { firm },
            Emptied::LeaseEnded => KeyError::LeaseEnded { firm },
            Emptied::Closed => KeyError::Closed { firm },
            Emptied::KeptOut => KeyError::NotInGlobalIndexes { firm },
        }
    }

    // A life is never left half-changed, so a panic elsewhere does not spoil it.
    fn lock(&self) -> MutexGuard<'_, Life> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
impl LiveSlot {
    /// The keyring, without holding it.
    pub(crate) fn held_keys(&self) -> std::sync::Weak<Keyring> {
        Arc::downgrade(&self.ring.load_full().expect("the slot is full"))
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn new_epoch() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

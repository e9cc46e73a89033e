//! A live per-firm slot: sessions hold it instead of keys, so that emptying it reaches them all at their next cell.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::{ArcSwapOption, Guard};

use super::error::KeyError;
use super::keyring::Keyring;
use super::lease::Standing;
use super::seals::Seals;
use crate::context::FirmId;

/// A keyring that may be taken away at any moment.
pub(crate) struct LiveSlot {
    firm: FirmId,
    ring: ArcSwapOption<Keyring>,
    /// Counts this process's seals, whichever keyring is in place.
    seals: Arc<Seals>,
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
    /// The highest generation published: of two loads at once, the one that read first may end last.
    generation: u64,
    /// Why there is no keyring, while there is none.
    emptied: Emptied,
}

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

    fn empty_for(firm: FirmId, emptied: Emptied, standing: Option<Standing>) -> Self {
        let life = Life { epoch: new_epoch(), outdated: None, deadline: Duration::ZERO, generation: 0, emptied };
        Self { firm, ring: ArcSwapOption::empty(), seals: Arc::default(), life: Mutex::new(life), standing }
    }

    /// The keyring, by one atomic load and a look at the clock.
    #[inline]
    pub(crate) fn ring(&self) -> Result<RingGuard, KeyError> {
        let ring = self.ring.load();
        if ring.is_some() && !self.is_cut_off() { Ok(RingGuard(ring)) } else { Err(self.why_not(ring.is_some())) }
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

    /// This process's seals.
    pub(crate) fn seals(&self) -> &Arc<Seals> {
        &self.seals
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

    pub(crate) fn epoch(&self) -> u64 {
        self.lock().epoch
    }

    /// Fills the slot until `deadline`, unless it was emptied since `epoch` was read.
    pub(crate) fn publish(&self, epoch: u64, ring: Keyring, deadline: Duration) -> Result<(), KeyError> {
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
        life.generation = ring.generation();
        self.ring.store(Some(Arc::new(ring)));
        Ok(())
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
        }
    }

    // A life is never left half-changed, so a panic elsewhere does not spoil it.
    fn lock(&self) -> MutexGuard<'_, Life> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn new_epoch() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use std::sync::Weak;

    use super::*;
    use crate::keys::fixtures::{Draft, firm};

    const NEVER: Duration = Duration::MAX;

    fn ring(generation: u64) -> Keyring {
        Draft { generation, ..Draft::default() }.keyring()
    }

    fn full() -> LiveSlot {
        let slot = LiveSlot::new(firm(), Standing::alone());
        slot.publish(slot.epoch(), ring(1), NEVER).unwrap();
        slot
    }

    fn held(slot: &LiveSlot) -> Weak<Keyring> {
        Arc::downgrade(&slot.ring.load_full().unwrap())
    }

    fn code(slot: &LiveSlot) -> &'static str {
        slot.ring().map_or_else(|error| error.code(), |_| "ok")
    }

    #[test]
    fn keys_are_gone_once_emptied_and_out_of_use() {
        let slot = full();
        let (keys, in_use) = (held(&slot), slot.ring().unwrap());
        slot.revoke(Emptied::Revoked);
        assert!(keys.upgrade().is_some(), "a cell is being sealed");
        drop(in_use);
        assert!(keys.upgrade().is_none());
    }

    #[test]
    fn keys_are_gone_once_replaced_or_expired() {
        let slot = full();
        let first = held(&slot);
        slot.publish(slot.epoch(), ring(2), Duration::ZERO).unwrap();
        assert!(first.upgrade().is_none());
        let second = held(&slot);
        slot.expire(Duration::ZERO);
        assert!(second.upgrade().is_none());
        assert_eq!(code(&slot), "keys.expired");
    }

    #[test]
    fn each_emptying_says_why_and_refuses_loads_from_before() {
        for (why, expected) in [
            (Emptied::Expired, "keys.expired"),
            (Emptied::Revoked, "keys.revoked"),
            (Emptied::Shredded, "keys.shredded"),
        ] {
            let slot = full();
            let before = slot.epoch();
            slot.revoke(why);
            assert_eq!(code(&slot), expected);
            assert_eq!(slot.publish(before, ring(1), NEVER).unwrap_err().code(), expected);
            assert_eq!(code(&slot), expected);
            slot.publish(slot.epoch(), ring(1), NEVER).unwrap();
            assert_eq!(code(&slot), "ok");
        }
        assert_eq!(code(&LiveSlot::new(firm(), Standing::alone())), "keys.unknown_firm");
    }

    #[test]
    fn of_two_loads_at_once_the_older_record_is_not_published_last() {
        let slot = full();
        slot.publish(slot.epoch(), ring(3), NEVER).unwrap();
        let error = slot.publish(slot.epoch(), ring(2), NEVER).unwrap_err();
        assert_eq!((error.code(), error.is_retryable()), ("keys.contended", true));
        assert_eq!(slot.ring().unwrap().generation(), 3);
    }

    /// A load that found the slot's entry by its number must not find that of an earlier slot.
    #[test]
    fn no_two_slots_share_an_epoch() {
        let epochs: std::collections::HashSet<_> =
            (0..100).map(|_| LiveSlot::new(firm(), Standing::alone()).epoch()).collect();
        assert_eq!(epochs.len(), 100);
    }
}

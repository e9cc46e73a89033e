//! A live per-firm slot: sessions hold it instead of keys, so that emptying it reaches them all at their next cell.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::{ArcSwapOption, Guard};

use super::error::KeyError;
use super::keyring::Keyring;
use crate::context::FirmId;

/// A keyring that may be taken away at any moment.
pub(crate) struct LiveSlot {
    firm: FirmId,
    ring: ArcSwapOption<Keyring>,
    /// Why there is none: an `Emptied` byte.
    emptied: AtomicU8,
    /// Counts revocations: a load that began before one must not publish.
    epoch: AtomicU64,
    /// On the vault's clock, in nanoseconds.
    deadline: AtomicU64,
    /// Orders publishing against emptying.
    change: Mutex<()>,
}

/// Why a slot holds no keyring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Emptied {
    /// Never filled: the firm has no keys yet.
    Unborn,
    Expired,
    Revoked,
    Shredded,
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
    pub(crate) fn new(firm: FirmId) -> Self {
        Self {
            firm,
            ring: ArcSwapOption::empty(),
            emptied: AtomicU8::new(Emptied::Unborn as u8),
            epoch: AtomicU64::new(0),
            deadline: AtomicU64::new(0),
            change: Mutex::new(()),
        }
    }

    /// The keyring, by one atomic load.
    #[inline]
    pub(crate) fn ring(&self) -> Result<RingGuard, KeyError> {
        let ring = self.ring.load();
        if ring.is_some() { Ok(RingGuard(ring)) } else { Err(self.why_empty()) }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.ring.load().is_some()
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::SeqCst)
    }

    /// Fills the slot until `deadline`, unless it was revoked since `epoch` was read.
    pub(crate) fn publish(&self, epoch: u64, ring: Keyring, deadline: Duration) -> Result<(), KeyError> {
        let _ordered = self.lock();
        if self.epoch() != epoch {
            return Err(self.why_empty());
        }
        self.deadline.store(nanos(deadline), Ordering::SeqCst);
        self.ring.store(Some(Arc::new(ring)));
        Ok(())
    }

    /// Empties the slot and refuses what loads in flight would publish.
    pub(crate) fn revoke(&self, why: Emptied) {
        let _ordered = self.lock();
        self.epoch.fetch_add(1, Ordering::SeqCst);
        self.empty(why);
    }

    /// Empties the slot if its time is over.
    pub(crate) fn expire(&self, now: Duration) {
        let _ordered = self.lock();
        if self.is_full() && self.deadline.load(Ordering::SeqCst) <= nanos(now) {
            self.empty(Emptied::Expired);
        }
    }

    fn empty(&self, why: Emptied) {
        self.emptied.store(why as u8, Ordering::SeqCst);
        self.ring.store(None);
    }

    #[cold]
    fn why_empty(&self) -> KeyError {
        let firm = self.firm.clone();
        match self.emptied.load(Ordering::SeqCst) {
            why if why == Emptied::Revoked as u8 => KeyError::Revoked { firm },
            why if why == Emptied::Shredded as u8 => KeyError::Shredded { firm },
            why if why == Emptied::Unborn as u8 => KeyError::UnknownFirm { firm },
            _ => KeyError::Expired { firm },
        }
    }

    // The guard protects an order, not data: a panic elsewhere leaves nothing half-done.
    fn lock(&self) -> std::sync::MutexGuard<'_, ()> {
        self.change.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

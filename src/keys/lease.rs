//! How long this process may use the keys that it holds (spec/fleet.md, Leases).

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use forkguard::Guard;

use super::error::KeyError;
use super::phases::PhaseBoard;
use super::provider::BoxFuture;
use crate::clock::Clock;

/// Looked at by every cell, so that a process that was stopped for long finds it over before any timer has run.
pub(crate) struct Lease {
    clock: Arc<dyn Clock>,
    /// Nanoseconds on the clock, or [`NEVER`].
    ends: AtomicU64,
    /// Of the process that joined the fleet: a forked child has not.
    joined_in: Mutex<Guard>,
}

/// The end of a lease that nobody has to renew.
const NEVER: u64 = u64::MAX;

impl Lease {
    /// A lease that is over until it is renewed.
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, ends: AtomicU64::new(0), joined_in: Mutex::new(BORN.clone()) }
    }

    #[inline]
    pub(crate) fn is_over(&self) -> bool {
        let ends = self.ends.load(Ordering::Acquire);
        ends != NEVER && (nanos(self.clock.elapsed()) >= ends || self.is_a_childs())
    }

    /// [`is_over`](Self::is_over) for who has looked at the clock.
    #[inline]
    pub(crate) fn is_over_at(&self, now: Duration) -> bool {
        let ends = self.ends.load(Ordering::Acquire);
        ends != NEVER && (nanos(now) >= ends || self.is_a_childs())
    }

    /// Whether this is a child that was forked after its parent joined.
    #[inline]
    pub(crate) fn is_a_childs(&self) -> bool {
        // In most processes the first look decides: nobody has forked.
        BORN.clone().detected_fork() && self.lock().clone().detected_fork()
    }

    /// Lasts until `ends` on the clock, in this process.
    pub(crate) fn renew(&self, ends: Duration) {
        self.ends.store(nanos(ends).min(NEVER - 1), Ordering::Release);
    }

    /// Joins for good: nothing can cut this process off from its store.
    pub(crate) fn renew_for_ever(&self) {
        self.ends.store(NEVER, Ordering::Release);
    }

    /// Is over from now on.
    pub(crate) fn end(&self) {
        self.ends.store(0, Ordering::Release);
    }

    /// Belongs to this process from now on, not to the one that it was forked from.
    pub(crate) fn adopt(&self) {
        self.lock().detected_fork();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Guard> {
        self.joined_in.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Made before any fork that matters: with the first lease.
static BORN: LazyLock<Guard> = LazyLock::new(Guard::default);

fn nanos(time: Duration) -> u64 {
    time.as_secs().saturating_mul(1_000_000_000).saturating_add(u64::from(time.subsec_nanos()))
}

/// This process's place among those that use the store, as far as keys need one.
pub(crate) trait Membership: Send + Sync {
    /// Whether the process is registered and its lease runs.
    fn is_member(&self) -> bool;

    /// Registers the process, unless it is: what is loaded from now on is the newest, or told of.
    fn join(&self) -> BoxFuture<'_, Result<(), KeyError>>;
}

/// Tells the fleet when nobody holds keys any more, by being dropped.
pub(crate) struct Presence(Option<Box<dyn FnOnce() + Send + Sync>>);

impl Presence {
    pub(crate) fn new(gone: impl FnOnce() + Send + Sync + 'static) -> Self {
        Self(Some(Box::new(gone)))
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        if let Some(gone) = self.0.take() {
            gone();
        }
    }
}

/// What a slot needs of the fleet.
#[derive(Clone)]
pub(crate) struct Standing {
    pub(crate) lease: Arc<Lease>,
    /// What the process's models in transit work by.
    pub(crate) phases: Arc<PhaseBoard>,
    #[allow(dead_code, reason = "held for its end")]
    pub(crate) presence: Arc<Presence>,
}

#[cfg(test)]
impl Standing {
    /// Of a process that is alone with its store.
    pub(crate) fn alone() -> Self {
        let lease = Lease::new(Arc::new(crate::clock::SystemClock));
        lease.renew_for_ever();
        Self { lease: Arc::new(lease), phases: Arc::default(), presence: Arc::new(Presence(None)) }
    }
}

/// Nobody to join: for tests of what is above and below.
#[cfg(test)]
pub(crate) struct Alone;

#[cfg(test)]
impl Membership for Alone {
    fn is_member(&self) -> bool {
        true
    }

    fn join(&self) -> BoxFuture<'_, Result<(), KeyError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestClock;

    #[test]
    fn a_lease_is_over_from_its_end_on_and_before_its_beginning() {
        let clock = TestClock::new();
        let lease = Lease::new(Arc::new(clock.clone()));
        assert!(lease.is_over());
        lease.renew(clock.elapsed() + Duration::from_secs(30));
        clock.advance(Duration::from_secs(30) - Duration::from_nanos(1));
        assert!(!lease.is_over());
        clock.advance(Duration::from_nanos(1));
        assert!(lease.is_over());
    }

    #[test]
    fn a_lease_for_ever_ends_by_being_ended_only() {
        let clock = TestClock::new();
        let lease = Lease::new(Arc::new(clock.clone()));
        lease.renew_for_ever();
        clock.advance(Duration::from_secs(1 << 40));
        assert!(!lease.is_over());
        lease.end();
        assert!(lease.is_over());
    }
}

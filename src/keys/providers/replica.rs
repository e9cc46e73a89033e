//! One way to a KEK among several, and whether it is worth asking first.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::keys::calls::{Calls, Door};
use crate::keys::provider::{KekId, KeyProvider};

/// Time that a replica is not asked first after it could not be reached: each call to it may cost a deadline.
const REST: Duration = Duration::from_secs(30);

pub(crate) struct Replica {
    pub(crate) provider: Arc<dyn KeyProvider>,
    /// On the vault's clock, in milliseconds; 0: it works.
    rests_until: AtomicU64,
    /// Made by the first call.
    door: OnceLock<Arc<Door>>,
}

impl Replica {
    pub(super) fn new(provider: impl KeyProvider) -> Self {
        Self { provider: Arc::new(provider), rests_until: AtomicU64::new(0), door: OnceLock::new() }
    }

    pub(super) fn keks(&self) -> &[KekId] {
        self.provider.keks()
    }

    /// What is counted of it.
    pub(crate) fn door(&self, calls: &Calls) -> Arc<Door> {
        self.door.get_or_init(|| Arc::new(calls.door())).clone()
    }

    /// It could not be reached.
    pub(crate) fn failed(&self, now: Duration) {
        self.rests_until.store(millis(now.saturating_add(REST)), Ordering::Relaxed);
    }

    /// It answered, if only by a refusal.
    pub(crate) fn answered(&self) {
        self.rests_until.store(0, Ordering::Relaxed);
    }

    pub(crate) fn rests(&self, now: Duration) -> bool {
        millis(now) < self.rests_until.load(Ordering::Relaxed)
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

//! A clock that stands still until the test advances it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::clock::Clock;

/// A clock that the test advances. Clones are the same clock.
#[derive(Debug, Clone, Default)]
pub struct TestClock(Arc<AtomicU64>);

/// 2026-01-01, so that records made under the clock look like records.
const START: u64 = 1_767_225_600;

impl TestClock {
    /// A clock at its start.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets time pass.
    pub fn advance(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.0.fetch_add(nanos, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn elapsed(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::SeqCst))
    }

    fn unix_seconds(&self) -> u64 {
        START + self.elapsed().as_secs()
    }
}

//! Time, injected, so that expiry needs no sleeping test.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A clock for the ages of keys.
pub trait Clock: Send + Sync + 'static {
    /// Time since some fixed point. It never goes back, and it counts the time that a machine is suspended.
    fn elapsed(&self) -> Duration;

    /// Seconds since the Unix epoch, for records that people read.
    fn unix_seconds(&self) -> u64;
}

/// The machine's clocks.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn elapsed(&self) -> Duration {
        since_boot()
    }

    fn unix_seconds(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }
}

// CLOCK_MONOTONIC stands still in suspend: keys would outlive their time on a laptop or a paused machine.
#[cfg(target_os = "linux")]
fn since_boot() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(u64::try_from(now.tv_sec).unwrap_or(0), u32::try_from(now.tv_nsec).unwrap_or(0))
}

// Elsewhere `Instant` is the best there is; where it stands still in suspend, keys live longer by that time.
#[cfg(not(target_os = "linux"))]
fn since_boot() -> Duration {
    use std::sync::LazyLock;
    use std::time::Instant;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

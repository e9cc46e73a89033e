//! A token bucket: so many calls a second on average, so many at once after a quiet time.

use std::time::Duration;

/// Counts by the time at which the bucket would be full again, which needs no refilling.
pub(super) struct Bucket {
    interval: Duration,
    /// What a full bucket holds, as the time that it takes to fill.
    depth: Duration,
    full_at: Duration,
}

impl Bucket {
    pub(super) fn new(calls_per_second: u32, burst: u32) -> Self {
        let interval = Duration::from_secs(1) / calls_per_second;
        Self { interval, depth: interval.saturating_mul(burst), full_at: Duration::ZERO }
    }

    /// Takes a token and says how long to wait for it; `None`, and none taken, if that would be later than `until`.
    pub(super) fn take(&mut self, now: Duration, until: Duration) -> Option<Duration> {
        let full_at = self.full_at.max(now) + self.interval;
        let wait = full_at.saturating_sub(self.depth).saturating_sub(now);
        if now + wait > until {
            return None;
        }
        self.full_at = full_at;
        Some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_free_and_the_rest_comes_at_the_rate() {
        let mut bucket = Bucket::new(10, 3);
        let never = Duration::MAX;
        let mut waits = |now, count: usize| -> Vec<u128> {
            (0..count).map(|_| bucket.take(Duration::from_millis(now), never).unwrap().as_millis()).collect()
        };
        assert_eq!(waits(0, 6), [0, 0, 0, 100, 200, 300]);
        assert_eq!(waits(300, 1), [100], "the sixth went at 300 ms");
        assert_eq!(waits(10_000, 4), [0, 0, 0, 100], "no more than a burst is saved up");
    }

    #[test]
    fn who_can_not_wait_takes_nothing() {
        let mut bucket = Bucket::new(10, 1);
        let at = Duration::from_millis;
        assert_eq!(bucket.take(at(0), at(50)), Some(at(0)));
        assert_eq!(bucket.take(at(0), at(50)), None);
        assert_eq!(bucket.take(at(0), at(100)), Some(at(100)));
    }
}

//! The rate that the database bears: halved while it suffers, raised step by step while it does not.

use super::{Signals, SlowedBy, Throttle};

/// A rate that follows what is seen of the database.
#[derive(Debug, Default)]
pub(in crate::migrate) struct Adaptive {
    /// Rows a second; `None`: no limit.
    allowed: Option<f64>,
    /// The fastest that was seen.
    peak: f64,
    /// Why there is a limit.
    reason: Option<SlowedBy>,
}

/// Rows a second that a job never goes below: it would never end.
const SLOWEST: f64 = 50.0;

/// What is added at a time, as a part of the fastest.
const STEP: f64 = 0.05;

impl Adaptive {
    pub(in crate::migrate) fn allowed(&self) -> Option<f64> {
        self.allowed
    }

    /// Takes up what was seen while rows went through at `rate`, and says why the job goes slower, if it does.
    pub(in crate::migrate) fn observe(&mut self, throttle: &Throttle, seen: &Signals, rate: f64) -> Option<SlowedBy> {
        self.peak = self.peak.max(rate);
        let reason = beyond(throttle, seen);
        if reason.is_some() {
            let now = self.allowed.unwrap_or(f64::INFINITY).min(self.peak.max(SLOWEST));
            self.allowed = Some((now / 2.0).max(SLOWEST));
            self.reason = reason;
        } else if let Some(allowed) = self.allowed {
            let more = allowed + (self.peak * STEP).max(SLOWEST);
            // Above what it ever was, the limit limits nothing.
            self.allowed = (more < self.peak * 1.5).then_some(more);
        }
        self.reason = self.reason.filter(|_| self.allowed.is_some());
        self.reason
    }
}

fn beyond(throttle: &Throttle, seen: &Signals) -> Option<SlowedBy> {
    let above = |most: Option<f64>, is: Option<f64>| matches!((most, is), (Some(most), Some(is)) if is > most);
    let count = |most: Option<i64>, is: i64| most.is_some_and(|most| is > most);
    if count(throttle.max_lock_waits, seen.lock_waits) {
        Some(SlowedBy::LockWaits)
    } else if above(throttle.max_replication_lag, seen.replication_lag) {
        Some(SlowedBy::ReplicationLag)
    } else if above(throttle.max_wal_per_second, seen.wal_per_second) {
        Some(SlowedBy::Wal)
    } else if count(throttle.max_active, seen.active) {
        Some(SlowedBy::Active)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_threshold_slows_down_and_says_why() {
        let throttle =
            Throttle::none().max_lock_waits(1).max_replication_lag(5.0).max_wal_per_second(1e6).max_active(10);
        let fine = Signals { lock_waits: 1, replication_lag: Some(5.0), wal_per_second: Some(1e6), active: 10 };
        let seen = |signals| Adaptive::default().observe(&throttle, &signals, 1000.0);
        assert_eq!(seen(fine), None);
        assert_eq!(seen(Signals { lock_waits: 2, ..fine }), Some(SlowedBy::LockWaits));
        assert_eq!(seen(Signals { replication_lag: Some(6.0), ..fine }), Some(SlowedBy::ReplicationLag));
        assert_eq!(seen(Signals { wal_per_second: Some(2e6), ..fine }), Some(SlowedBy::Wal));
        assert_eq!(seen(Signals { active: 11, ..fine }), Some(SlowedBy::Active));
    }

    #[test]
    fn the_rate_is_halved_and_comes_back_in_steps() {
        let throttle = Throttle::none().max_lock_waits(0);
        let (bad, good) = (Signals { lock_waits: 1, ..Signals::default() }, Signals::default());
        let mut adaptive = Adaptive::default();
        adaptive.observe(&throttle, &good, 8000.0);
        assert_eq!(adaptive.allowed(), None);
        for allowed in [4000.0, 2000.0, 1000.0] {
            adaptive.observe(&throttle, &bad, allowed);
            assert_eq!(adaptive.allowed(), Some(allowed));
        }
        adaptive.observe(&throttle, &good, 1000.0);
        assert_eq!(adaptive.allowed(), Some(1400.0));
        for _ in 0..100 {
            adaptive.observe(&throttle, &good, 8000.0);
        }
        assert_eq!(adaptive.allowed(), None);
    }

    #[test]
    fn a_job_never_stands_still() {
        let throttle = Throttle::none().max_lock_waits(0);
        let mut adaptive = Adaptive::default();
        for _ in 0..100 {
            adaptive.observe(&throttle, &Signals { lock_waits: 9, ..Signals::default() }, 0.0);
        }
        assert_eq!(adaptive.allowed(), Some(SLOWEST));
    }
}

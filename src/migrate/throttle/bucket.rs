//! Rows a second.

use std::time::Duration;

/// Counts rows that were written against a rate. It goes into debt by a chunk, which is then waited for: so a chunk may be
/// larger than what a moment allows.
#[derive(Debug)]
pub(in crate::migrate) struct Bucket {
    /// Rows a second; `None`: no limit.
    rate: Option<f64>,
    tokens: f64,
    at: Duration,
}

/// What may be saved up, in seconds of the rate.
const SAVED: f64 = 0.5;

impl Bucket {
    pub(in crate::migrate) fn new(now: Duration) -> Self {
        Self { rate: None, tokens: 0.0, at: now }
    }

    pub(in crate::migrate) fn rate(&self) -> Option<f64> {
        self.rate
    }

    /// Goes on at another rate. What was saved or owed at the old one is forgotten.
    pub(in crate::migrate) fn set_rate(&mut self, rate: Option<f64>, now: Duration) {
        if self.rate != rate {
            (self.rate, self.tokens, self.at) = (rate, 0.0, now);
        }
    }

    /// Rows were written.
    pub(in crate::migrate) fn charge(&mut self, rows: usize, now: Duration) {
        self.fill(now);
        if self.rate.is_some() {
            self.tokens -= rows as f64;
        }
    }

    /// How long to wait before more are.
    pub(in crate::migrate) fn wait(&mut self, now: Duration) -> Duration {
        self.fill(now);
        match self.rate {
            Some(rate) if self.tokens < 0.0 => {
                Duration::try_from_secs_f64(-self.tokens / rate).unwrap_or(Duration::MAX)
            }
            _ => Duration::ZERO,
        }
    }

    fn fill(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.at = now;
        if let Some(rate) = self.rate {
            self.tokens = (self.tokens + passed * rate).min(rate * SAVED);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn rows_of_a_second_take_a_second() {
        let mut bucket = Bucket::new(secs(0.0));
        bucket.set_rate(Some(100.0), secs(0.0));
        let (mut now, mut rows) = (Duration::ZERO, 0);
        while rows < 1000 {
            bucket.charge(50, now);
            rows += 50;
            now += bucket.wait(now);
        }
        assert_eq!(now.as_secs(), 10);
    }

    #[test]
    fn little_is_saved_up_in_idle_time() {
        let mut bucket = Bucket::new(secs(0.0));
        bucket.set_rate(Some(100.0), secs(0.0));
        bucket.charge(100, secs(3600.0));
        assert_eq!(bucket.wait(secs(3600.0)), secs(0.5));
    }

    #[test]
    fn a_new_rate_holds_at_once() {
        let mut bucket = Bucket::new(secs(0.0));
        bucket.set_rate(Some(0.001), secs(0.0));
        bucket.charge(1000, secs(0.0));
        assert!(bucket.wait(secs(1.0)) > secs(1000.0));
        bucket.set_rate(None, secs(1.0));
        assert_eq!(bucket.wait(secs(1.0)), Duration::ZERO);
    }
}

//! A breaker: while a provider is not reached, callers are told at once instead of each waiting for a timeout.

use std::time::Duration;

use crate::keys::settings::ProviderSettings;

/// Open or closed. Times are on the vault's clock.
#[derive(Default)]
pub(super) struct Breaker {
    /// Failures since the last call that reached the provider.
    failures: u32,
    open: Option<Open>,
}

#[derive(Clone, Copy)]
struct Open {
    until: Duration,
    pause: Duration,
}

/// A call that may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    /// One of many.
    Ordinary,
    /// The one that finds out whether the provider is back.
    Trial,
}

impl Breaker {
    /// How long it takes until a call may be tried, if none may be made now.
    pub(super) fn check(&self, now: Duration) -> Result<(), Duration> {
        match &self.open {
            Some(open) if now < open.until => Err(open.until - now),
            _ => Ok(()),
        }
    }

    /// Lets a call pass that may be made.
    ///
    /// Of an open breaker one call passes a pause: if nobody learns how it ended, the next pause lets another one pass.
    pub(super) fn pass(&mut self, now: Duration) -> Result<Pass, Duration> {
        self.check(now)?;
        let Some(open) = &mut self.open else { return Ok(Pass::Ordinary) };
        open.until = now.saturating_add(open.pause);
        Ok(Pass::Trial)
    }

    /// Notes how a call ended.
    pub(super) fn note(&mut self, pass: Pass, reached: bool, now: Duration, settings: &ProviderSettings) {
        if reached {
            *self = Self::default();
            return;
        }
        self.failures = self.failures.saturating_add(1);
        let pause = match (self.open, pass) {
            (Some(open), Pass::Trial) => settings.longest_breaker_pause.min(open.pause.saturating_mul(2)),
            (None, _) if self.failures >= settings.breaker_failures => settings.breaker_pause,
            // It was under way when the breaker opened, and says nothing new.
            (Some(_), Pass::Ordinary) | (None, _) => return,
        };
        self.open = Some(Open { until: now.saturating_add(pause), pause });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MILLIS: Duration = Duration::from_millis(1);

    fn settings() -> ProviderSettings {
        ProviderSettings { breaker_failures: 2, ..ProviderSettings::default() }
    }

    fn opened() -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..2 {
            assert_eq!(breaker.pass(Duration::ZERO), Ok(Pass::Ordinary));
            breaker.note(Pass::Ordinary, false, Duration::ZERO, &settings());
        }
        breaker
    }

    #[test]
    fn it_opens_after_failures_in_a_row() {
        let mut breaker = Breaker::default();
        for reached in [false, true, false] {
            breaker.note(Pass::Ordinary, reached, Duration::ZERO, &settings());
            assert_eq!(breaker.pass(Duration::ZERO), Ok(Pass::Ordinary));
        }
        assert_eq!(opened().pass(100 * MILLIS), Err(400 * MILLIS));
    }

    #[test]
    fn one_call_a_pause_tries_and_pauses_double_to_their_bound() {
        let (mut breaker, mut now) = (opened(), Duration::ZERO);
        for pause in [500, 1000, 2000, 4000, 8000, 15_000, 15_000] {
            assert_eq!(breaker.pass(now + (pause - 1) * MILLIS), Err(MILLIS), "{pause}");
            now += pause * MILLIS;
            assert_eq!(breaker.pass(now), Ok(Pass::Trial));
            assert!(breaker.pass(now).is_err(), "one at a time");
            breaker.note(Pass::Ordinary, false, now, &settings());
            breaker.note(Pass::Trial, false, now, &settings());
        }
        breaker.note(Pass::Trial, true, now, &settings());
        assert_eq!(breaker.pass(now), Ok(Pass::Ordinary));
    }

    #[test]
    fn a_trial_that_nobody_saw_the_end_of_is_followed_by_another() {
        let mut breaker = opened();
        assert_eq!(breaker.pass(500 * MILLIS), Ok(Pass::Trial));
        assert_eq!(breaker.pass(1000 * MILLIS), Ok(Pass::Trial));
    }
}

//! The door to a provider: so many calls at once and a second, each in its time, tried again after a pause while the
//! deadline allows, and none while the provider is known to be out of reach.

mod breaker;
mod bucket;
#[cfg(test)]
mod tests;

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_lock::Semaphore;
use futures_util::FutureExt;

use super::jitter::Jitter;
use super::provider::{BoxFuture, ProviderError, ProviderErrorKind};
use super::settings::ProviderSettings;
use super::stats::Counts;
use super::timer::Timer;
use crate::clock::Clock;
use crate::context::FirmId;
use breaker::{Breaker, Pass};
use bucket::Bucket;

/// A provider that throttles is given so many times the pause of one that fails.
const THROTTLED: u32 = 4;

/// What the doors to all providers have in common.
pub(crate) struct Calls {
    settings: ProviderSettings,
    clock: Arc<dyn Clock>,
    timer: Arc<dyn Timer>,
    jitter: Jitter,
    counts: Arc<Counts>,
}

/// What is counted of one provider: two of one kind, such as two customers' accounts, have a door each.
pub(crate) struct Door {
    permits: Semaphore,
    bucket: Mutex<Bucket>,
    breaker: Mutex<Breaker>,
}

/// What a call is for, as its event says.
pub(crate) struct Purpose<'a> {
    pub(crate) provider: &'a str,
    pub(crate) operation: &'static str,
    pub(crate) firm: &'a FirmId,
    /// Whether another replica is asked next: then one attempt is enough.
    pub(crate) others: bool,
}

impl Calls {
    pub(crate) fn new(
        settings: ProviderSettings,
        clock: Arc<dyn Clock>,
        timer: Arc<dyn Timer>,
        jitter: Jitter,
        counts: Arc<Counts>,
    ) -> Self {
        Self { settings, clock, timer, jitter, counts }
    }

    /// Makes one call, and again after a pause while it fails in a way that may pass.
    pub(crate) async fn call<'c, T>(
        &self,
        door: &Door,
        purpose: &Purpose<'_>,
        attempt: impl Fn() -> BoxFuture<'c, Result<T, ProviderError>>,
    ) -> Result<T, ProviderError> {
        let attempts = if purpose.others { 1 } else { self.settings.attempts };
        // The rest is for the key store, so that who waits is told of the provider and not of the time.
        let time = self.settings.deadline - self.settings.deadline / 10;
        let until = self.timer.now().saturating_add(time);
        let mut failed = None;
        for number in 0..attempts {
            if let Some(error) = &failed
                && !self.pause(number, error, until).await
            {
                break;
            }
            match self.once(door, purpose, &attempt, until).await {
                Ok(done) => return Ok(done),
                Err(Failed::Made(error)) if error.is_retryable() => failed = Some(error),
                Err(Failed::Made(error)) => return Err(error),
                // The failure of a call that was made says more.
                Err(Failed::NotMade(error)) => return Err(failed.unwrap_or(error)),
            }
        }
        Err(failed.expect("at least one attempt is made"))
    }

    async fn once<'c, T>(
        &self,
        door: &Door,
        purpose: &Purpose<'_>,
        attempt: &impl Fn() -> BoxFuture<'c, Result<T, ProviderError>>,
        until: Duration,
    ) -> Result<T, Failed> {
        let not_made = |error| {
            self.counts.not_made.up();
            Failed::NotMade(error)
        };
        // Before the wait, so that nobody waits in vain, and behind it, since calls before may have failed meanwhile.
        lock(&door.breaker).check(self.clock.elapsed()).map_err(|left| not_made(open(left)))?;
        let _turn = self.turn(door, until).await.map_err(not_made)?;
        let pass = lock(&door.breaker).pass(self.clock.elapsed()).map_err(|left| not_made(open(left)))?;
        let end = until.min(self.timer.now().saturating_add(self.settings.call_timeout));
        let began = Instant::now();
        let ended = self.timer.within(end, AssertUnwindSafe(attempt()).catch_unwind()).await;
        let result = ended.unwrap_or_else(|| Ok(Err(late()))).unwrap_or_else(|_| Err(panicked()));
        let reached = !matches!(&result, Err(error) if error.kind() == ProviderErrorKind::Unavailable);
        lock(&door.breaker).note(pass, reached, self.clock.elapsed(), &self.settings);
        self.report(purpose, pass, result.as_ref().err(), began.elapsed());
        result.map_err(Failed::Made)
    }

    /// Waits for a place among the calls under way, and then for a token.
    async fn turn<'a>(&self, door: &'a Door, until: Duration) -> Result<impl Sized + use<'a>, ProviderError> {
        let place = match door.permits.try_acquire() {
            Some(place) => place,
            None => {
                self.counts.waits.up();
                self.timer.within(until, door.permits.acquire()).await.ok_or_else(no_turn)?
            }
        };
        let wait = lock(&door.bucket).take(self.timer.now(), until).ok_or_else(no_turn)?;
        if !wait.is_zero() {
            self.counts.waits.up();
            self.timer.sleep(wait).await;
        }
        Ok(place)
    }

    /// Full jitter: processes that failed together do not come back together. `false`: the deadline comes first.
    async fn pause(&self, number: u32, error: &ProviderError, until: Duration) -> bool {
        let doubled = self.settings.first_pause.saturating_mul(1 << number.saturating_sub(1).min(16));
        let longest = match error.kind() {
            ProviderErrorKind::Throttled => doubled.saturating_mul(THROTTLED),
            _ => doubled,
        };
        let pause = self.jitter.up_to(longest.min(self.settings.longest_pause));
        if self.timer.now().saturating_add(pause) >= until {
            return false;
        }
        self.timer.sleep(pause).await;
        true
    }

    fn report(&self, purpose: &Purpose<'_>, pass: Pass, error: Option<&ProviderError>, took: Duration) {
        self.counts.calls.up();
        if error.is_some() {
            self.counts.call_failures.up();
        }
        tracing::info!(
            name: "fieldseal.provider.call",
            provider = purpose.provider,
            operation = purpose.operation,
            firm = %purpose.firm,
            outcome = error.map_or("ok".to_owned(), |error| error.kind().to_string()),
            trial = pass == Pass::Trial,
            micros = took.as_micros() as u64,
            "key provider called"
        );
    }

    /// A door that nobody has gone through.
    pub(crate) fn door(&self) -> Door {
        Door {
            permits: Semaphore::new(self.settings.calls_at_once as usize),
            bucket: Mutex::new(Bucket::new(self.settings.calls_per_second, self.settings.burst)),
            breaker: Mutex::default(),
        }
    }
}

enum Failed {
    Made(ProviderError),
    NotMade(ProviderError),
}

fn late() -> ProviderError {
    ProviderError::new(ProviderErrorKind::Unavailable, "it did not answer within `call_timeout`")
}

fn panicked() -> ProviderError {
    ProviderError::new(ProviderErrorKind::Internal, "it panicked")
}

fn no_turn() -> ProviderError {
    let message = "no call could be made within `deadline`: too many wait for `calls_at_once` or `calls_per_second`";
    ProviderError::new(ProviderErrorKind::Throttled, message)
}

fn open(left: Duration) -> ProviderError {
    let message =
        format!("not called, since calls before did not reach it; tried again in {} ms", left.as_millis() + 1);
    ProviderError::new(ProviderErrorKind::Unavailable, message)
}

// Nothing here is left half-changed, so a panic elsewhere does not spoil it.
fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

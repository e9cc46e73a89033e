//! Unit tests: calls that fail, hang and panic, on a clock that stands still and a timer that skips every wait.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use pollster::block_on;

use super::*;
use crate::keys::timer::tests::Skipping;
use crate::random::{RandomError, Randomness};
use crate::testing::TestClock;
use ProviderErrorKind::{Denied, Disabled, Internal, NotFound, Throttled, Unauthentic, Unavailable};

/// Draws the longest pause always.
struct Longest;

impl Randomness for Longest {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        bytes.fill(0xFF);
        Ok(())
    }
}

struct Scene {
    calls: Calls,
    clock: TestClock,
    timer: Skipping,
    made: Arc<AtomicU64>,
    doors: Mutex<HashMap<String, Arc<Door>>>,
}

impl Scene {
    fn new(change: impl FnOnce(&mut ProviderSettings)) -> Self {
        let (clock, timer) = (TestClock::new(), Skipping::default());
        let mut settings = ProviderSettings { breaker_failures: 5, ..ProviderSettings::default() };
        change(&mut settings);
        let (of_clock, of_timer) = (Arc::new(clock.clone()), Arc::new(timer.clone()));
        let calls = Calls::new(settings, of_clock, of_timer, Jitter::of(Longest), Arc::default());
        Self { calls, clock, timer, made: Arc::default(), doors: Mutex::default() }
    }

    fn call(&self, provider: &str, answer: impl Fn() -> Answer) -> Result<(), ProviderError> {
        let purpose = Purpose { provider, operation: "unwrap", firm: &FirmId::from("a"), others: false };
        block_on(self.calls.call(&self.door(provider), &purpose, || {
            self.made.fetch_add(1, Ordering::SeqCst);
            answer()
        }))
    }

    /// The door of the provider of this name.
    fn door(&self, provider: &str) -> Arc<Door> {
        lock(&self.doors).entry(provider.to_owned()).or_insert_with(|| Arc::new(self.calls.door())).clone()
    }

    fn fail(&self, kind: ProviderErrorKind) -> ProviderErrorKind {
        self.call("x", || failing(kind)).unwrap_err().kind()
    }

    fn made(&self) -> u64 {
        self.made.swap(0, Ordering::SeqCst)
    }

    fn slept(&self) -> Vec<u128> {
        self.timer.slept().iter().map(Duration::as_millis).collect()
    }
}

type Answer = BoxFuture<'static, Result<(), ProviderError>>;

fn fine() -> Answer {
    Box::pin(async { Ok(()) })
}

fn failing(kind: ProviderErrorKind) -> Answer {
    Box::pin(async move { Err(ProviderError::new(kind, "no")) })
}

fn hanging() -> Answer {
    Box::pin(std::future::pending())
}

#[test]
fn only_what_may_pass_is_tried_again() {
    for (kind, calls) in
        [(Unavailable, 3), (Throttled, 3), (Denied, 1), (NotFound, 1), (Disabled, 1), (Unauthentic, 1), (Internal, 1)]
    {
        let scene = Scene::new(|_| ());
        assert_eq!((scene.fail(kind), scene.made()), (kind, calls));
    }
}

#[test]
fn the_second_attempt_may_succeed() {
    let scene = Scene::new(|_| ());
    let made = scene.made.clone();
    let answer = move || if made.load(Ordering::SeqCst) == 1 { failing(Unavailable) } else { fine() };
    assert!(scene.call("x", answer).is_ok());
    assert_eq!((scene.made(), scene.slept()), (2, vec![100]));
}

#[test]
fn pauses_double_to_their_bound_and_a_throttled_caller_waits_longer() {
    let five = |s: &mut ProviderSettings| (s.attempts, s.longest_pause) = (5, Duration::from_millis(500));
    let (failing, throttled) = (Scene::new(five), Scene::new(five));
    failing.fail(Unavailable);
    assert_eq!(failing.slept(), [100, 200, 400, 500]);
    throttled.fail(Throttled);
    assert_eq!(throttled.slept(), [400, 500, 500, 500]);
}

#[test]
fn no_attempt_begins_behind_the_deadline() {
    let second = Duration::from_secs(1);
    let scene = Scene::new(|s| (s.attempts, s.first_pause, s.longest_pause) = (9, 4 * second, 4 * second));
    assert_eq!((scene.fail(Unavailable), scene.made()), (Unavailable, 3));
    assert_eq!(scene.slept(), [4000, 4000], "at 0, 4 and 8 seconds of ten");
}

#[test]
fn a_call_that_hangs_ends_in_its_time_and_frees_its_place() {
    let scene = Scene::new(|s| (s.calls_at_once, s.attempts) = (1, 2));
    let error = scene.call("x", hanging).unwrap_err();
    assert_eq!((error.kind(), scene.made(), scene.slept()), (Unavailable, 2, vec![3000, 100, 3000]));
    assert!(error.to_string().contains("call_timeout"), "{error}");
    assert!(scene.call("x", fine).is_ok());
}

#[test]
fn a_provider_that_panics_fails_once() {
    let scene = Scene::new(|_| ());
    let panics = || -> Answer { Box::pin(async { std::panic::resume_unwind(Box::new(())) }) };
    assert_eq!(scene.call("x", panics).unwrap_err().kind(), Internal);
    assert_eq!(scene.made(), 1);
    assert!(scene.call("x", fine).is_ok());
}

#[test]
fn a_provider_out_of_reach_is_called_no_more_until_a_trial_succeeds() {
    let scene = Scene::new(|_| ());
    for calls in [3, 2, 0, 0] {
        assert_eq!((scene.fail(Unavailable), scene.made()), (Unavailable, calls));
    }
    assert!(scene.call("another", fine).is_ok(), "the door is one provider's");
    scene.made();
    scene.clock.advance(Duration::from_millis(500));
    assert_eq!((scene.fail(Unavailable), scene.made()), (Unavailable, 1), "one trial, which fails");
    scene.clock.advance(Duration::from_millis(999));
    assert_eq!((scene.fail(Unavailable), scene.made()), (Unavailable, 0));
    scene.clock.advance(Duration::from_millis(1));
    assert!(scene.call("x", fine).is_ok());
    assert_eq!((scene.fail(Denied), scene.made()), (Denied, 2));
    assert_eq!(
        scene.calls.counts.not_made.get(),
        5,
        "the second load's third attempt, two loads, the rest of a trial, one"
    );
}

#[test]
fn refusals_are_answers() {
    let scene = Scene::new(|_| ());
    for _ in 0..20 {
        assert_eq!((scene.fail(Denied), scene.made()), (Denied, 1));
    }
}

#[test]
fn calls_beyond_the_rate_wait_or_are_told_that_they_can_not() {
    let scene = Scene::new(|s| (s.calls_per_second, s.burst) = (1, 1));
    for _ in 0..2 {
        assert!(scene.call("x", fine).is_ok());
    }
    assert_eq!((scene.made(), scene.slept()), (2, vec![1000]));
    let scene = Scene::new(|s| (s.calls_per_second, s.burst, s.deadline) = (1, 1, s.call_timeout));
    let purpose = Purpose { provider: "x", operation: "unwrap", firm: &FirmId::from("a"), others: false };
    let door = scene.door(purpose.provider);
    let calls: Vec<_> = (0..6).map(|_| scene.calls.call(&door, &purpose, fine)).collect();
    let ended = block_on(futures_util::future::join_all(calls));
    let told = ended.iter().filter(|call| call.as_ref().is_err_and(|error| error.kind() == Throttled)).count();
    assert_eq!(told, 0, "the timer skips, so that each finds its token in time");
}

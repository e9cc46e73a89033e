//! Loading the installed platform's keys again, at most once at a time and never in a storm.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Clock;
use crate::keys::KeyError;

/// The pause after the first failure. Each further failure doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Renews on behalf of statements, which can't wait for a timer: the statement that finds the keys expired loads them.
///
/// While the provider works, statements of the same moment wait for that one load. Once it has failed, they get its error
/// at once, and one of them tries again after a pause: an outage neither holds up threads nor meets a storm at its end.
pub(super) struct Renewal {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Default)]
struct State {
    at_work: bool,
    failed: Option<Failed>,
}

struct Failed {
    error: KeyError,
    pause: Duration,
    /// On the clock.
    until: Duration,
}

impl Renewal {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: Mutex::default(), ended: Condvar::new() }
    }

    /// Runs `load`, unless `expired` does not hold any more or somebody else is at it.
    pub(super) fn run(
        &self,
        expired: impl Fn() -> bool,
        load: impl FnOnce() -> Result<(), KeyError>,
    ) -> Result<(), KeyError> {
        let mut state = self.lock();
        while expired() {
            let now = self.clock.elapsed();
            state.forget(now);
            match &state.failed {
                Some(failed) if state.at_work || now < failed.until => return Err(failed.error.clone()),
                None if state.at_work => state = self.ended.wait(state).unwrap_or_else(PoisonError::into_inner),
                _ => {
                    state.at_work = true;
                    drop(state);
                    return self.attempt(load);
                }
            }
        }
        Ok(())
    }

    fn attempt(&self, load: impl FnOnce() -> Result<(), KeyError>) -> Result<(), KeyError> {
        let ends = Ends(self);
        let loaded = load();
        self.lock().note(&loaded, self.clock.elapsed());
        drop(ends);
        loaded
    }

    // The state is never left half-changed.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A failure of long ago says nothing of now: meanwhile the keys may have come back by another way, and expired again.
    fn forget(&mut self, now: Duration) {
        let old = |failed: &mut Failed| !self.at_work && now.saturating_sub(failed.until) >= LONGEST_PAUSE;
        self.failed.take_if(old);
    }

    fn note(&mut self, loaded: &Result<(), KeyError>, now: Duration) {
        self.failed = loaded.as_ref().err().map(|error| {
            let longer = |failed: &Failed| LONGEST_PAUSE.min(failed.pause * 2);
            let pause = self.failed.as_ref().map_or(FIRST_PAUSE, longer);
            Failed { error: error.clone(), pause, until: now.saturating_add(pause) }
        });
    }
}

/// Ends the attempt, also when it panics: then whoever waits tries.
struct Ends<'r>(&'r Renewal);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.lock().at_work = false;
        self.0.ended.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use super::*;
    use crate::context::FirmId;
    use crate::testing::TestClock;

    fn down() -> KeyError {
        KeyError::Contended { firm: FirmId::Platform }
    }

    /// Keys that have expired, and how often somebody tried to load them.
    struct Scene {
        clock: TestClock,
        renewal: Renewal,
        expired: AtomicBool,
        attempts: AtomicUsize,
    }

    impl Scene {
        fn new() -> Self {
            let clock = TestClock::new();
            let renewal = Renewal::new(Arc::new(clock.clone()));
            Self { clock, renewal, expired: AtomicBool::new(true), attempts: AtomicUsize::new(0) }
        }

        fn run(&self, load: impl FnOnce() -> Result<(), KeyError>) -> Result<(), &'static str> {
            let load = || {
                self.attempts.fetch_add(1, Ordering::SeqCst);
                load().inspect(|()| self.expired.store(false, Ordering::SeqCst))
            };
            self.renewal.run(|| self.expired.load(Ordering::SeqCst), load).map_err(|error| error.code())
        }

        fn attempts(&self) -> usize {
            self.attempts.load(Ordering::SeqCst)
        }
    }

    #[test]
    fn keys_that_did_not_expire_are_not_loaded() {
        let scene = Scene::new();
        assert_eq!(scene.run(|| Ok(())), Ok(()));
        assert_eq!((scene.run(|| Err(down())), scene.attempts()), (Ok(()), 1));
    }

    #[test]
    fn pauses_grow_to_their_bound_and_end_with_a_success() {
        let scene = Scene::new();
        let pauses = [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000].map(Duration::from_millis);
        for (failures, pause) in (1..).zip(pauses) {
            assert_eq!((scene.run(|| Err(down())), scene.attempts()), (Err("keys.contended"), failures));
            scene.clock.advance(pause - Duration::from_nanos(1));
            assert_eq!((scene.run(|| Ok(())), scene.attempts()), (Err("keys.contended"), failures), "{pause:?}");
            scene.clock.advance(Duration::from_nanos(1));
        }
        assert_eq!(scene.run(|| Ok(())), Ok(()));
        scene.expired.store(true, Ordering::SeqCst);
        let before = scene.attempts();
        scene.run(|| Err(down())).unwrap_err();
        scene.clock.advance(FIRST_PAUSE);
        assert_eq!((scene.run(|| Ok(())), scene.attempts()), (Ok(()), before + 2), "the first pause again");
    }

    #[test]
    fn a_failure_of_long_ago_is_no_outage() {
        let scene = Scene::new();
        scene.run(|| Err(down())).unwrap_err();
        scene.clock.advance(FIRST_PAUSE + LONGEST_PAUSE);
        scene.run(|| Err(down())).unwrap_err();
        scene.clock.advance(FIRST_PAUSE);
        assert_eq!((scene.run(|| Ok(())), scene.attempts()), (Ok(()), 3), "the first pause again");
    }

    #[test]
    fn keys_that_came_back_elsewhere_end_the_pause() {
        let scene = Scene::new();
        scene.run(|| Err(down())).unwrap_err();
        scene.expired.store(false, Ordering::SeqCst);
        assert_eq!((scene.run(|| Err(down())), scene.attempts()), (Ok(()), 1));
    }

    #[test]
    fn statements_of_one_moment_share_one_load() {
        let (scene, together) = (Scene::new(), Barrier::new(8));
        std::thread::scope(|threads| {
            for _ in 0..8 {
                threads.spawn(|| {
                    together.wait();
                    assert_eq!(scene.run(|| Ok(())), Ok(()));
                });
            }
        });
        assert_eq!(scene.attempts(), 1);
    }

    #[test]
    fn while_one_tries_again_the_others_are_told_at_once() {
        let scene = Scene::new();
        scene.run(|| Err(down())).unwrap_err();
        scene.clock.advance(FIRST_PAUSE);
        let tried = scene.run(|| {
            assert_eq!(scene.run(|| Ok(())), Err("keys.contended"));
            Ok(())
        });
        assert_eq!((tried, scene.attempts()), (Ok(()), 2));
    }

    #[test]
    fn a_load_that_panics_leaves_the_next_one_free() {
        let scene = Scene::new();
        let panicked = catch_unwind(AssertUnwindSafe(|| scene.run(|| std::panic::resume_unwind(Box::new("x")))));
        assert!(panicked.is_err());
        assert_eq!((scene.run(|| Ok(())), scene.attempts()), (Ok(()), 2));
    }
}

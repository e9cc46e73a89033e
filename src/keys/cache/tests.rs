//! Unit tests: a cache over a loader that the test steers, on a clock that stands still.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, Weak};
use std::time::Instant;

use futures_channel::oneshot;
use futures_util::FutureExt;
use futures_util::future::Shared;
use pollster::block_on;

use super::*;
use crate::keys::fixtures::{Draft, firm};
use crate::keys::provider::{ProviderError, ProviderErrorKind};
use crate::keys::timer::RealTimer;
use crate::testing::{SeededRandom, TestClock};

const MINUTE: Duration = Duration::from_secs(60);
const TTL: Duration = Duration::from_secs(3600);

/// What the next load does.
#[derive(Clone, Copy, Default)]
enum Answer {
    #[default]
    Keys,
    Unknown,
    Fails(ProviderErrorKind),
    Panics,
}

/// The loader's state.
#[derive(Default)]
struct Steered {
    answer: Mutex<Answer>,
    /// Loads wait for its end.
    gate: Mutex<Option<Shared<oneshot::Receiver<()>>>>,
    begun: AtomicUsize,
}

struct Scene {
    clock: TestClock,
    cache: KeyCache,
    steered: Arc<Steered>,
}

impl Scene {
    fn new() -> Self {
        Self::of(|_| ())
    }

    fn of(change: impl FnOnce(&mut CacheSettings)) -> Self {
        let (clock, steered) = (TestClock::new(), Arc::<Steered>::default());
        let mut settings = CacheSettings::default();
        change(&mut settings);
        let (loader, background) = (steered.clone(), Arc::<Background>::default());
        let means = Means {
            clock: Arc::new(clock.clone()),
            timer: Arc::new(RealTimer::new(background.clone())),
            jitter: Jitter::of(SeededRandom::new(7)),
            counts: Arc::default(),
            background,
        };
        let cache = KeyCache::start(
            settings,
            means,
            Box::new(move |firm| load(loader.clone(), firm.clone())),
            Standing::alone(),
        );
        Self { clock, cache, steered }
    }

    fn get(&self) -> Result<Arc<LiveSlot>, &'static str> {
        block_on(self.cache.get(&firm())).map_err(|error| error.code())
    }

    fn failed(&self) -> &'static str {
        self.get().map(drop).unwrap_err()
    }

    fn answer(&self, answer: Answer) {
        *self.steered.answer.lock().unwrap() = answer;
    }

    /// Holds loads up until the sender is dropped.
    fn hold(&self) -> oneshot::Sender<()> {
        let (sender, receiver) = oneshot::channel();
        *self.steered.gate.lock().unwrap() = Some(receiver.shared());
        sender
    }

    fn begun(&self) -> usize {
        self.steered.begun.load(Ordering::SeqCst)
    }

    /// Waits until no load is under way.
    fn rest(&self) -> KeyStats {
        until(|| self.cache.stats().under_way == 0);
        self.cache.stats()
    }
}

fn load(steered: Arc<Steered>, firm: FirmId) -> BoxFuture<'static, Result<Keyring, KeyError>> {
    static GENERATION: AtomicU64 = AtomicU64::new(1);
    steered.begun.fetch_add(1, Ordering::SeqCst);
    let gate = steered.gate.lock().unwrap().clone();
    Box::pin(async move {
        if let Some(gate) = gate {
            // Its sender is dropped.
            let _ = gate.await;
        }
        let answer = *steered.answer.lock().unwrap();
        let generation = GENERATION.fetch_add(1, Ordering::SeqCst);
        match answer {
            Answer::Keys => Ok(Draft { generation, ..Draft::default() }.keyring()),
            Answer::Unknown => Err(KeyError::UnknownFirm { firm }),
            Answer::Fails(kind) => {
                let source = Arc::new(ProviderError::new(kind, "no"));
                Err(KeyError::Provider { firm, provider: "x".into(), source })
            }
            Answer::Panics => std::panic::resume_unwind(Box::new(())),
        }
    })
}

fn until(met: impl Fn() -> bool) {
    let began = Instant::now();
    while !met() {
        assert!(began.elapsed() < Duration::from_secs(30), "what the test waits for does not come");
        std::thread::yield_now();
    }
}

fn generation(slot: &LiveSlot) -> u64 {
    slot.ring().unwrap().generation()
}

#[test]
fn keys_past_their_soft_limit_are_given_at_once_and_replaced_by_one_load() {
    let scene = Scene::new();
    let slot = scene.get().unwrap();
    let first = generation(&slot);
    scene.clock.advance(12 * MINUTE - Duration::from_nanos(1));
    assert!(scene.cache.warm(&firm()).is_some());
    scene.clock.advance(3 * MINUTE + Duration::from_nanos(1));
    let gate = scene.hold();
    for _ in 0..10 {
        assert!(scene.cache.warm(&firm()).is_none());
        assert_eq!(generation(&scene.get().unwrap()), first);
    }
    drop(gate);
    assert_eq!((scene.rest().refreshes, scene.begun()), (1, 2), "one load for all of them");
    assert!(generation(&slot) > first);
    assert!(scene.cache.warm(&firm()).is_some());
    scene.clock.advance(TTL - Duration::from_nanos(1));
    slot.expire(scene.clock.elapsed());
    assert!(slot.is_full(), "the refresh began a new hour");
}

#[test]
fn keys_in_use_are_replaced_without_anyone_asking_for_a_session_and_others_expire() {
    let scene = Scene::new();
    let slot = scene.get().unwrap();
    scene.clock.advance(16 * MINUTE);
    scene.cache.sweep();
    assert_eq!((scene.rest().refreshes, scene.begun()), (0, 1), "no cell was sealed or opened");
    for round in 1..=8 {
        slot.ring().unwrap();
        scene.cache.sweep();
        assert_eq!(scene.rest().refreshes, round);
        scene.clock.advance(16 * MINUTE);
    }
    slot.ring().unwrap();
    drop(slot);
    scene.cache.sweep();
    assert_eq!(scene.rest().refreshes, 8, "no session holds it");
    scene.clock.advance(TTL);
    scene.cache.sweep();
    assert!(!scene.cache.slot(&firm()).is_full());
}

#[test]
fn while_refreshes_fail_keys_serve_until_their_hard_limit_and_are_gone_then() {
    for kind in [ProviderErrorKind::Unavailable, ProviderErrorKind::Disabled] {
        let scene = Scene::new();
        let slot = scene.get().unwrap();
        scene.answer(Answer::Fails(kind));
        scene.clock.advance(15 * MINUTE);
        scene.get().unwrap();
        assert_eq!((scene.rest().stale, scene.begun()), (1, 2));
        scene.get().unwrap();
        assert_eq!((scene.rest().stale, scene.begun()), (1, 2), "not again before a pause");
        scene.clock.advance(Duration::from_secs(2));
        scene.get().unwrap();
        assert_eq!((scene.rest().stale, scene.begun()), (2, 3));
        scene.clock.advance(45 * MINUTE - Duration::from_secs(2) - Duration::from_nanos(1));
        scene.get().unwrap();
        let keys = weak(&slot);
        scene.rest();
        scene.clock.advance(Duration::from_nanos(1));
        assert_eq!(scene.failed(), "keys.provider");
        assert!(keys.upgrade().is_none(), "a keyring is zeroized when it is dropped");
        assert_eq!(slot.ring().map(drop).unwrap_err().code(), "keys.expired");
    }
}

/// moka keeps an expired value until its housekeeping runs, which here nobody has it do.
#[test]
fn what_is_over_is_gone_whatever_the_bound_still_holds() {
    let scene = Scene::new();
    scene.get().unwrap();
    let keys = weak(&scene.cache.slot(&firm()));
    scene.clock.advance(TTL);
    scene.cache.slots.sweep();
    assert!(keys.upgrade().is_none());
}

/// moka lets a load in flight undo an invalidation.
#[test]
fn a_revocation_during_a_refresh_is_not_undone_by_it() {
    let scene = Scene::new();
    let slot = scene.get().unwrap();
    scene.clock.advance(15 * MINUTE);
    let gate = scene.hold();
    scene.get().unwrap();
    scene.cache.revoke(&firm(), Emptied::Revoked);
    drop(gate);
    let stats = scene.rest();
    assert_eq!((stats.refreshes, stats.stale), (0, 0));
    assert_eq!(slot.ring().map(drop).unwrap_err().code(), "keys.revoked");
}

/// moka evicts what others still hold.
#[test]
fn firms_beyond_the_bound_go_unless_they_are_in_use() {
    let scene = Scene::of(|settings| settings.max_firms = 2);
    let used = scene.get().unwrap();
    for number in 0..50i64 {
        drop(block_on(scene.cache.get(&FirmId::from(number))).unwrap());
        scene.clock.advance(Duration::from_secs(1));
    }
    // What moka evicts it drops later, once no thread of the process reads any of its caches.
    until(|| {
        scene.cache.sweep();
        scene.cache.slots.sweep() == 3
    });
    assert_eq!(scene.begun(), 51);
    assert!(Arc::ptr_eq(&scene.get().unwrap(), &used));
    assert_eq!(scene.begun(), 51);
    scene.cache.revoke(&firm(), Emptied::Revoked);
    assert!(used.ring().is_err());
}

#[test]
fn unknown_and_refused_firms_are_not_asked_for_again_at_once() {
    let kinds = [ProviderErrorKind::Denied, ProviderErrorKind::Disabled].map(Answer::Fails);
    for (answer, millis) in [(Answer::Unknown, 1000), (kinds[0], 5000), (kinds[1], 5000)] {
        let scene = Scene::new();
        scene.answer(answer);
        let error = scene.failed();
        scene.clock.advance(Duration::from_millis(millis - 1));
        assert_eq!((scene.failed(), scene.begun()), (error, 1));
        assert_eq!(scene.cache.stats().negative, 1);
        scene.clock.advance(Duration::from_millis(1));
        assert_eq!((scene.failed(), scene.begun()), (error, 2));
        scene.answer(Answer::Keys);
        scene.cache.forget(&firm());
        scene.get().unwrap();
    }
}

#[test]
fn failures_that_may_pass_are_not_kept_and_zero_keeps_none() {
    let scene = Scene::new();
    scene.answer(Answer::Fails(ProviderErrorKind::Unavailable));
    scene.failed();
    scene.answer(Answer::Keys);
    scene.get().unwrap();
    for answer in [Answer::Unknown, Answer::Fails(ProviderErrorKind::Denied)] {
        let scene = Scene::of(|s| (s.unknown_ttl, s.refused_ttl) = (Duration::ZERO, Duration::ZERO));
        scene.answer(answer);
        scene.failed();
        scene.answer(Answer::Keys);
        scene.get().unwrap();
    }
}

#[test]
fn a_load_goes_on_when_all_who_wait_give_up() {
    let scene = Scene::new();
    let gate = scene.hold();
    let firm = firm();
    let mut given_up = Box::pin(scene.cache.get(&firm));
    assert!(given_up.as_mut().now_or_never().is_none());
    drop(given_up);
    drop(gate);
    until(|| scene.cache.stats().loads == 1);
    scene.get().unwrap();
    assert_eq!(scene.begun(), 1);
}

#[test]
fn a_load_that_panics_says_so_and_the_next_one_is_free() {
    let scene = Scene::new();
    scene.answer(Answer::Panics);
    assert_eq!(scene.failed(), "keys.load_panicked");
    scene.answer(Answer::Keys);
    scene.get().unwrap();
    assert_eq!(scene.rest().under_way, 0);
}

#[test]
fn a_load_that_hangs_ends_at_the_deadline() {
    let scene = Scene::of(|s| {
        s.provider.call_timeout = Duration::from_millis(1);
        s.provider.deadline = Duration::from_millis(1);
    });
    let _gate = scene.hold();
    assert_eq!(scene.failed(), "keys.overdue");
}

/// Firms loaded together are not refreshed together.
#[test]
fn soft_limits_differ() {
    let scene = Scene::new();
    let slots: Vec<_> = (0..200i64).map(|number| block_on(scene.cache.get(&FirmId::from(number))).unwrap()).collect();
    let due = |slots: &[Arc<LiveSlot>]| slots.iter().filter(|slot| slot.is_due(scene.clock.elapsed())).count();
    let mut seen = Vec::new();
    scene.clock.advance(12 * MINUTE);
    for _ in 0..3 {
        seen.push(due(&slots));
        scene.clock.advance(MINUTE);
    }
    assert_eq!(seen[0], 0);
    assert!((30..110).contains(&seen[1]) && (90..180).contains(&seen[2]), "{seen:?}");
    assert_eq!(due(&slots), 200);
}

/// The slot's keys, which are zeroized when they are dropped.
fn weak(slot: &LiveSlot) -> Weak<Keyring> {
    slot.held_keys()
}

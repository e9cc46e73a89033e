//! A rotation that ends between any two of its steps, and the next one.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fieldseal::FirmId;
use fieldseal::admin::RotateAll;
use fieldseal::keys::KeyState::{Active, Pending, Superseded};
use fieldseal::keys::store::{FirmRecord, FleetStore, KeyStore, MemoryKeyStore, StoreError};
use fieldseal::keys::{BoxFuture, Purpose};
use fieldseal::testing::{TestClock, TestVault};
use pollster::block_on;

use super::notes::{note, sealing};
use super::states;

/// A store whose process ends at one of its calls: before the call is done, or before it is heard of.
struct Ends {
    store: Arc<MemoryKeyStore>,
    calls: AtomicUsize,
    at: AtomicUsize,
    done: bool,
}

impl Ends {
    /// Whether a call is to be done, and whether it is to be heard of.
    fn fate(&self) -> (bool, bool) {
        let (call, at) = (self.calls.fetch_add(1, Ordering::SeqCst), self.at.load(Ordering::SeqCst));
        (call < at || call == at && self.done, call < at)
    }

    fn over<T>() -> Result<T, StoreError> {
        Err(StoreError::Unavailable { message: "the test ended it".to_owned() })
    }
}

impl KeyStore for Ends {
    fn load<'a>(&'a self, firms: &'a [FirmId]) -> BoxFuture<'a, Result<Vec<Option<FirmRecord>>, StoreError>> {
        Box::pin(async move { if self.fate().1 { self.store.load(firms).await } else { Self::over() } })
    }

    fn replace<'a>(&'a self, expected: Option<u64>, record: &'a FirmRecord) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            let (done, heard) = self.fate();
            let replaced = if done { self.store.replace(expected, record).await? } else { false };
            if heard { Ok(replaced) } else { Self::over() }
        })
    }

    fn firms<'a>(&'a self, after: Option<&'a FirmId>, limit: usize) -> BoxFuture<'a, Result<Vec<FirmId>, StoreError>> {
        self.store.firms(after, limit)
    }

    fn fleet(&self) -> &dyn FleetStore {
        self.store.fleet()
    }

    fn is_memory(&self) -> bool {
        true
    }
}

/// The firm's store after a rotation that ended at its call `at`; and whether it came to its end.
fn ended(at: usize, done: bool) -> (Arc<MemoryKeyStore>, bool) {
    let store = Arc::new(MemoryKeyStore::new());
    block_on(TestVault::new().explicit_firms().store(store.clone()).build().create_firm("a")).unwrap();
    let ends = Arc::new(Ends { store: store.clone(), calls: AtomicUsize::new(0), at: usize::MAX.into(), done });
    let vault = TestVault::new().explicit_firms().store(ends.clone()).build();
    ends.at.store(ends.calls.load(Ordering::SeqCst) + at, Ordering::SeqCst);
    let rotated = block_on(vault.admin().rotate("a", Purpose::Data));
    (store, rotated.is_ok())
}

#[test]
fn a_rotation_that_ends_anywhere_is_taken_up() {
    for done in [false, true] {
        let mut sizes = Vec::new();
        for at in 0.. {
            let (store, whole) = ended(at, done);
            let vault = TestVault::new().explicit_firms().store(store).build();
            let session = block_on(vault.session("a")).unwrap();
            let (before, cell) = (states(&vault.admin(), "a", Purpose::Data), session.seal(&note(1, "a")).unwrap());
            let next = block_on(vault.admin().rotate("a", Purpose::Data)).unwrap();
            let after = states(&vault.admin(), "a", Purpose::Data);
            // What was left pending is what is activated; no number is left out and none is given twice.
            assert_eq!(next.new as usize, after.len(), "call {at}: {before:?} then {after:?}");
            let pending = before.iter().any(|(_, state)| *state == Pending);
            assert_eq!(after.len() - before.len(), usize::from(!pending), "call {at}: {before:?} then {after:?}");
            assert_eq!(after.iter().filter(|(_, state)| *state == Active).count(), 1);
            assert_eq!(sealing(&session), next.new);
            assert_eq!(session.open(cell).unwrap(), note(1, "a"));
            sizes.push(before.len());
            if whole {
                break;
            }
        }
        assert!(
            sizes.contains(&1) && sizes.contains(&2),
            "some ended before the version was made, some after: {sizes:?}"
        );
    }
}

/// Ends at a step that it tells, rather than at a call of its store: what it has told is committed.
#[test]
fn a_rotation_of_many_firms_that_ends_anywhere_is_gone_on_with() {
    const FIRMS: [&str; 3] = ["a", "b", "c"];
    let mut all = RotateAll::default();
    (all.batch, all.at_once) = (2, 1);
    for at in 0.. {
        let (store, clock) = (Arc::new(MemoryKeyStore::new()), TestClock::new());
        let vault = || TestVault::new().explicit_firms().clock(clock.clone()).store(store.clone()).build();
        let first = vault();
        for firm in FIRMS {
            block_on(first.create_firm(firm)).unwrap();
        }
        all.created_before = block_on(first.admin().keys("a")).unwrap().versions[0].created + 60;
        // A process that is still there would be waited for, on a clock that stands still.
        drop(first);
        clock.advance(Duration::from_secs(60));
        let steps = AtomicUsize::new(0);
        let ending = vault().admin().telling(move |_| {
            if steps.fetch_add(1, Ordering::SeqCst) == at {
                resume_unwind(Box::new("the test ended it"));
            }
        });
        let whole = catch_unwind(AssertUnwindSafe(|| block_on(ending.rotate_all(Purpose::Data, &all)))).is_ok();
        drop(ending);

        let next = vault();
        let done = block_on(next.admin().rotate_all(Purpose::Data, &all)).unwrap();
        assert!(done.failed.is_empty(), "step {at}: {:?}", done.failed);
        for firm in FIRMS {
            assert_eq!(states(&next.admin(), firm, Purpose::Data), [(1, Superseded), (2, Active)], "step {at}, {firm}");
        }
        if whole {
            assert!(at > 10, "it was ended at {at} steps only");
            break;
        }
    }
}

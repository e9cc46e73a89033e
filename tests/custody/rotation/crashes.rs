//! A rotation that ends between any two of its steps, and the next one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fieldseal::FirmId;
use fieldseal::keys::KeyState::Active;
use fieldseal::keys::store::{FirmRecord, FleetStore, KeyStore, MemoryKeyStore, StoreError};
use fieldseal::keys::{BoxFuture, Purpose};
use fieldseal::testing::TestVault;
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
            let pending = before.iter().any(|(_, state)| *state == fieldseal::keys::KeyState::Pending);
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

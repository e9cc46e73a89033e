//! Unit tests: processes that follow each other's changes without the provider, also while they load.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pollster::block_on;

use crate::context::FirmId;
use crate::keys::custody::Custody;
use crate::keys::store::{FirmRecord, FleetStore, KeyStore, MemoryKeyStore, Purpose, StoreError};
use crate::keys::{BoxFuture, KeyError, KeyState};
use crate::session::{Session, Vault};
use crate::testing::{TestKeys, TestVault};

fn firm() -> FirmId {
    FirmId::from("a")
}

/// A vault that stands for a process, and counts its provider calls.
fn process(store: &Arc<dyn KeyStore>) -> (Vault, TestKeys) {
    let keys = TestKeys::new();
    (TestVault::new().store(store.clone()).keys(keys.clone()).explicit_firms().build(), keys)
}

/// Makes a data key and has it active, in one step that no operator could take.
fn rotate(custody: &Custody) {
    let firm = firm();
    let changed = custody.change(&firm, |opened| {
        let made = opened.add(Purpose::Data, 0, 0, &crate::random::OsRandom).unwrap();
        opened.advance(Purpose::Data, made.unwrap(), KeyState::Active).unwrap();
        Ok::<_, KeyError>(Some(()))
    });
    block_on(changed).unwrap().unwrap();
}

fn generation(session: &Session) -> Result<u64, &'static str> {
    AsRef::<crate::model::CellKeys>::as_ref(session)
        .slot
        .ring()
        .map(|ring| ring.generation())
        .map_err(|error| error.code())
}

#[test]
fn an_open_session_follows_a_rotation_elsewhere_without_the_provider() {
    let store: Arc<dyn KeyStore> = Arc::new(MemoryKeyStore::new());
    let ((one, _), (other, keys)) = (process(&store), process(&store));
    block_on(one.create_firm(firm())).unwrap();
    let session = block_on(other.session(firm())).unwrap();
    let calls = keys.calls();
    for round in 2..10 {
        rotate(one.custody());
        block_on(one.fleet().settle()).unwrap();
        assert_eq!(generation(&session), Ok(round));
    }
    assert_eq!(keys.calls(), calls);
}

#[test]
fn sessions_never_fail_while_others_rotate() {
    let store: Arc<dyn KeyStore> = Arc::new(MemoryKeyStore::new());
    let ((one, _), (other, _)) = (process(&store), process(&store));
    block_on(one.create_firm(firm())).unwrap();
    let session = block_on(other.session(firm())).unwrap();
    std::thread::scope(|scope| {
        let rotating = scope.spawn(|| (0..50).for_each(|_| rotate(one.custody())));
        let mut last = 0;
        while !rotating.is_finished() {
            let now = generation(&session).unwrap();
            assert!(now >= last, "{now} after {last}");
            last = now;
        }
    });
    block_on(one.fleet().settle()).unwrap();
    assert_eq!(generation(&session), Ok(51));
}

/// A store in memory, whose next answer is read and then held up.
#[derive(Default)]
struct Slow {
    memory: MemoryKeyStore,
    hold: AtomicBool,
    held: AtomicBool,
}

impl KeyStore for Slow {
    fn load<'a>(&'a self, firms: &'a [FirmId]) -> BoxFuture<'a, Result<Vec<Option<FirmRecord>>, StoreError>> {
        Box::pin(async move {
            let answer = self.memory.load(firms).await;
            if firms == [firm()] && self.hold.swap(false, Ordering::SeqCst) {
                self.held.store(true, Ordering::SeqCst);
                wait_until(|| !self.held.load(Ordering::SeqCst));
            }
            answer
        })
    }

    fn replace<'a>(&'a self, expected: Option<u64>, record: &'a FirmRecord) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.memory.replace(expected, record)
    }

    fn firms<'a>(&'a self, after: Option<&'a FirmId>, limit: usize) -> BoxFuture<'a, Result<Vec<FirmId>, StoreError>> {
        self.memory.firms(after, limit)
    }

    fn fleet(&self) -> &dyn FleetStore {
        self.memory.fleet()
    }

    fn is_memory(&self) -> bool {
        true
    }
}

fn wait_until(done: impl Fn() -> bool) {
    while !done() {
        std::thread::yield_now();
    }
}

#[test]
fn a_load_that_read_the_record_from_before_a_change_is_run_again() {
    let slow = Arc::new(Slow::default());
    let store: Arc<dyn KeyStore> = slow.clone();
    let ((one, _), (other, _)) = (process(&store), process(&store));
    block_on(one.create_firm(firm())).unwrap();
    slow.hold.store(true, Ordering::SeqCst);
    let session = std::thread::scope(|scope| {
        let late = scope.spawn(|| block_on(other.session(firm())).unwrap());
        wait_until(|| slow.held.load(Ordering::SeqCst));
        rotate(one.custody());
        block_on(one.fleet().settle()).unwrap();
        slow.held.store(false, Ordering::SeqCst);
        late.join().unwrap()
    });
    assert_eq!(generation(&session), Ok(2));
}

#[test]
fn a_record_put_back_is_refused_by_who_is_told_of_it() {
    let memory = Arc::new(MemoryKeyStore::new());
    let store: Arc<dyn KeyStore> = memory.clone();
    let ((one, _), (other, _)) = (process(&store), process(&store));
    block_on(one.create_firm(firm())).unwrap();
    let first = block_on(memory.load(&[firm()])).unwrap();
    rotate(one.custody());
    let session = block_on(other.session(firm())).unwrap();
    memory.tamper(&firm(), |_| first[0].clone());
    // A change that makes everybody look: of the same generation as the one put back.
    let again = first[0].clone().unwrap();
    assert!(block_on(memory.replace(Some(1), &again)).unwrap());
    block_on(one.fleet().settle()).unwrap();
    assert_eq!(generation(&session), Err("keys.expired"));
    assert_eq!(block_on(other.session(firm())).unwrap_err().code(), "keys.tampered");
}

#[test]
fn a_process_that_was_deleted_drops_all_and_comes_back() {
    let memory = Arc::new(MemoryKeyStore::new());
    let store: Arc<dyn KeyStore> = memory.clone();
    let ((one, _), (other, keys)) = (process(&store), process(&store));
    block_on(one.create_firm(firm())).unwrap();
    let session = block_on(other.session(firm())).unwrap();
    let (held, calls) =
        (Arc::downgrade(&AsRef::<crate::model::CellKeys>::as_ref(&session).slot.held().unwrap()), keys.calls());
    for process in block_on(memory.processes()).unwrap().list {
        assert!(block_on(memory.evict(process.id, process.beat)).unwrap());
    }
    rotate(one.custody());
    block_on(one.fleet().settle()).unwrap();
    wait_until(|| generation(&session) == Ok(2));
    assert!(held.upgrade().is_none(), "the keys from before are gone");
    // Told of the rotation before it finds its row gone, it follows by the keys that it holds, and loads them after that.
    wait_until(|| keys.calls() > calls);
}

#[test]
fn keys_of_a_revoked_firm_are_gone() {
    let store: Arc<dyn KeyStore> = Arc::new(MemoryKeyStore::new());
    let ((one, _), (other, _)) = (process(&store), process(&store));
    block_on(one.create_firm(firm())).unwrap();
    let session = block_on(other.session(firm())).unwrap();
    let held = Arc::downgrade(&AsRef::<crate::model::CellKeys>::as_ref(&session).slot.held().unwrap());
    block_on(one.revoke(firm())).unwrap();
    block_on(one.fleet().settle()).unwrap();
    assert!(held.upgrade().is_none());
    assert_eq!(generation(&session), Err("keys.revoked"));
}

//! Stores that were rolled back or lost rows, seen by live processes and by cold ones with an anchor.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pollster::block_on;

use crate::admin::fixtures::{Process, firms};
use crate::context::FirmId;
use crate::danger;
use crate::keys::store::MemoryKeyStore;
use crate::keys::{
    Anchor, AnchorError, AnchorOutage, BoxFuture, FileAnchor, Head, KeyError, KeyState, Purpose, RecordContent,
    Tampering,
};
use crate::session::WhenRolledBack;

/// An anchor that the test can cut off. Clones are one.
#[derive(Clone)]
struct Place {
    directory: Arc<tempfile::TempDir>,
    down: Arc<AtomicBool>,
}

impl Place {
    fn new() -> Self {
        Self { directory: Arc::new(tempfile::tempdir().unwrap()), down: Arc::default() }
    }

    fn file(&self) -> Result<FileAnchor, AnchorError> {
        if self.down.load(Ordering::SeqCst) {
            return Err(AnchorError::Unavailable("the test cut it off".into()));
        }
        FileAnchor::open(self.directory.path().join("heads"))
    }

    fn head(&self, firm: &FirmId) -> Option<Head> {
        block_on(self.file().unwrap().heads(std::slice::from_ref(firm))).unwrap().remove(0)
    }
}

impl Anchor for Place {
    fn heads<'a>(&'a self, firms: &'a [FirmId]) -> BoxFuture<'a, Result<Vec<Option<Head>>, AnchorError>> {
        Box::pin(async move { self.file()?.heads(firms).await })
    }

    fn advance<'a>(&'a self, firm: &'a FirmId, head: &'a Head) -> BoxFuture<'a, Result<(), AnchorError>> {
        Box::pin(async move { self.file()?.advance(firm, head).await })
    }
}

fn anchored(store: &Arc<MemoryKeyStore>, place: &Place) -> Process {
    Process::built(store, |builder| builder.anchor(place.clone()))
}

fn tampering(result: Result<(), KeyError>) -> Tampering {
    match result.unwrap_err() {
        KeyError::Tampered { what, .. } => what,
        other => panic!("{other}"),
    }
}

#[test]
fn a_live_process_writes_again_what_it_holds() {
    let s = Process::with_firms();
    let [a, b, c] = firms();
    let old = s.copy();
    s.rotate(&a);
    block_on(danger::shred_firm(&s.vault, &c)).unwrap();
    let mut newest = s.copy();
    s.roll_back(&old);
    s.store.tamper(&b, |_| None);
    let said = block_on(s.admin().dry_run().reinsert()).unwrap();
    assert_eq!(said.put_back, [a.clone(), b.clone(), c.clone()]);
    assert_eq!(s.generation(&a), 1, "only said");
    let done = block_on(s.admin().reinsert()).unwrap();
    assert_eq!((done.kept, done.put_back, done.left.len()), (4, vec![a.clone(), b, c.clone()], 0));
    // A certificate is not kept.
    for (_, record) in newest.iter_mut().filter(|(firm, _)| *firm == c) {
        record.as_mut().unwrap().standing = None;
    }
    assert_eq!(s.copy(), newest);
    let cold = Process::over(&s.store);
    cold.load(&a).unwrap();
    assert_eq!(cold.load(&c).unwrap_err().code(), "keys.shredded");
    assert_eq!(cold.rotate(&a), 3, "no number is given twice");
    assert_eq!(block_on(s.admin().reinsert()).unwrap().put_back, []);
}

#[test]
fn a_load_that_finds_a_roll_back_fails_or_undoes_it_as_the_vault_was_built() {
    for (what, puts_back) in [(WhenRolledBack::Refuse, false), (WhenRolledBack::PutBack, true)] {
        let s = Process::built(&Arc::default(), |builder| builder.when_rolled_back(what));
        s.create();
        let [a, b, _] = firms();
        let old = s.copy();
        s.rotate(&a);
        s.roll_back(&old);
        s.store.tamper(&b, |_| None);
        if puts_back {
            s.load(&a).unwrap();
            s.load(&b).unwrap();
        } else {
            assert_eq!(tampering(s.load(&a)), Tampering::RolledBack { found: 1, seen: 2 });
            assert_eq!(tampering(s.load(&b)), Tampering::Vanished { seen: 1 });
        }
        let expected = if puts_back { (2, 1) } else { (1, 0) };
        assert_eq!((s.generation(&a), s.generation(&b)), expected);
    }
}

#[test]
fn a_record_that_would_lose_a_key_of_the_stores_is_left() {
    let s = Process::built(&Arc::default(), |builder| builder.when_rolled_back(WhenRolledBack::PutBack));
    s.create();
    let [a, b, c] = firms();
    let old = s.copy();
    let rotated = s.rotate(&a);
    s.rotate(&a);
    // After the roll-back a cold process gave the firm another history, one generation shorter.
    s.roll_back(&old);
    assert_eq!(Process::over(&s.store).rotate(&a), rotated);
    assert_eq!(tampering(s.load(&a)), Tampering::RolledBack { found: 2, seen: 3 });
    // Somebody restored the store to have a destroyed key back.
    s.rotate(&b);
    let with_first = s.copy();
    s.destroy(&b, 1);
    s.store.tamper(&b, |_| with_first[2].1.clone());
    assert_eq!(tampering(s.load(&b)), Tampering::RolledBack { found: 2, seen: 4 });
    // Somebody shredded the firm after the roll-back.
    s.rotate(&c);
    s.rotate(&c);
    s.roll_back(&vec![old[3].clone()]);
    block_on(danger::shred_firm(&Process::over(&s.store).vault, &c)).unwrap();
    assert_eq!(tampering(s.load(&c)), Tampering::RolledBack { found: 2, seen: 3 });
    let left = block_on(s.admin().reinsert()).unwrap().left;
    assert_eq!(left.into_iter().map(|(firm, _)| firm).collect::<Vec<_>>(), [a, b, c]);
}

#[test]
fn a_cold_process_with_the_anchor_refuses_what_was_rolled_back() {
    let (store, place) = (Arc::new(MemoryKeyStore::new()), Place::new());
    let s = anchored(&store, &place);
    s.create();
    let [a, b, c] = firms();
    let old = s.copy();
    s.rotate(&a);
    block_on(danger::shred_firm(&s.vault, &c)).unwrap();
    s.roll_back(&old);
    store.tamper(&b, |_| None);
    let cold = anchored(&store, &place);
    assert_eq!(tampering(cold.load(&a)), Tampering::RolledBack { found: 1, seen: 2 });
    assert_eq!(tampering(cold.load(&b)), Tampering::Vanished { seen: 1 });
    assert_eq!(tampering(block_on(cold.vault.create_firm(&b)).map(drop)), Tampering::Vanished { seen: 1 });
    assert_eq!(tampering(cold.load(&c)), Tampering::RolledBack { found: 1, seen: 2 });
    // Everything is gone: the platform is not made anew.
    for firm in [FirmId::Platform, a.clone(), c] {
        store.tamper(&firm, |_| None);
    }
    assert_eq!(tampering(block_on(cold.vault.initialize()).map(drop)), Tampering::Vanished { seen: 1 });
    // Without the anchor nothing is noticed.
    s.roll_back(&old);
    Process::over(&store).load(&a).unwrap();
}

#[test]
fn another_history_of_the_anchored_generation_is_refused() {
    let (store, place) = (Arc::new(MemoryKeyStore::new()), Place::new());
    let s = anchored(&store, &place);
    s.create();
    let [a, ..] = firms();
    let old = s.copy();
    s.rotate(&a);
    s.roll_back(&old);
    Process::over(&store).rotate(&a);
    assert_eq!(tampering(anchored(&store, &place).load(&a)), Tampering::Forked { generation: 2 });
}

#[test]
fn an_accepted_roll_back_goes_on_and_gives_no_number_twice() {
    let (store, place) = (Arc::new(MemoryKeyStore::new()), Place::new());
    let s = anchored(&store, &place);
    s.create();
    let [a, b, _] = firms();
    let old = s.copy();
    assert_eq!((s.rotate(&a), s.rotate(&a)), (2, 3));
    s.roll_back(&old);
    let cold = anchored(&store, &place);
    assert!(cold.load(&a).is_err());
    assert_eq!(block_on(danger::accept_rollback(&cold.vault, &a)).unwrap(), Some((1, 4)));
    assert_eq!(block_on(danger::accept_rollback(&cold.vault, &b)).unwrap(), None);
    let later = anchored(&store, &place);
    later.load(&a).unwrap();
    let keys = block_on(later.admin().keys(&a)).unwrap();
    let data: Vec<_> = keys.versions.iter().filter(|key| key.purpose == Purpose::Data).collect();
    assert_eq!((data.len(), data[0].version, data[0].state), (1, 1, KeyState::Active));
    assert_eq!(later.rotate(&a), 4, "2 and 3 were given");
    let head = place.head(&a).unwrap();
    assert_eq!((head.generation, head.data, head.index), (5, 4, 1));
}

#[test]
fn a_shredding_that_was_rolled_back_can_not_be_accepted() {
    let (store, place) = (Arc::new(MemoryKeyStore::new()), Place::new());
    let s = anchored(&store, &place);
    s.create();
    let [a, ..] = firms();
    let old = s.copy();
    block_on(danger::shred_firm(&s.vault, &a)).unwrap();
    s.roll_back(&old);
    for process in [&s, &anchored(&store, &place)] {
        assert_eq!(block_on(danger::accept_rollback(&process.vault, &a)).unwrap_err().code(), "keys.shredded");
    }
    assert_eq!(s.generation(&a), 1);
}

#[test]
fn an_anchor_that_is_down_stops_changes_always_and_cold_loads_unless_tolerated() {
    let (store, place) = (Arc::new(MemoryKeyStore::new()), Place::new());
    let warm = anchored(&store, &place);
    warm.create();
    let [a, b, _] = firms();
    let held = block_on(warm.vault.session(&a)).unwrap();
    place.down.store(true, Ordering::SeqCst);
    assert!(block_on(warm.vault.session(&a)).is_ok(), "its keys are held");
    drop(held);
    let error = anchored(&store, &place).load(&a).unwrap_err();
    assert_eq!((error.code(), error.is_retryable()), ("keys.anchor", true));
    let tolerant =
        Process::built(&store, |builder| builder.anchor(place.clone()).anchor_outage(AnchorOutage::Tolerate));
    tolerant.load(&a).unwrap();
    assert_eq!(block_on(tolerant.vault.create_firm("new")).unwrap_err().code(), "keys.anchor");
    assert_eq!(block_on(danger::shred_firm(&tolerant.vault, &b)).unwrap_err().code(), "keys.anchor");
    assert_eq!(tolerant.generation(&b), 1, "nothing was written");
    place.down.store(false, Ordering::SeqCst);
    block_on(danger::shred_firm(&tolerant.vault, &b)).unwrap();
    assert_eq!(place.head(&b).unwrap().manifest, None);
}

#[test]
fn heads_are_there_before_a_record_is_used() {
    let (store, place) = (Arc::new(MemoryKeyStore::new()), Place::new());
    let s = anchored(&store, &place);
    s.create();
    let [a, ..] = firms();
    assert_eq!(place.head(&a).map(|head| head.generation), Some(1));
    // A process without the anchor, or one that died between store and anchor, leaves it behind; the next load brings it on.
    Process::over(&store).rotate(&a);
    assert_eq!(place.head(&a).map(|head| (head.generation, head.data)), Some((1, 1)));
    anchored(&store, &place).load(&a).unwrap();
    assert_eq!(place.head(&a).map(|head| (head.generation, head.data)), Some((2, 2)));
}

#[test]
fn a_process_that_does_not_hold_a_firm_any_more_does_not_write_it_back_over_its_end() {
    let s = Process::with_firms();
    let [a, ..] = firms();
    let other = Process::over(&s.store);
    other.load(&a).unwrap();
    // Known here, and held no more.
    block_on(other.vault.revoke(a.clone())).unwrap();
    block_on(danger::shred_firm(&s.vault, &a)).unwrap();
    block_on(other.admin().wait_for_processes()).unwrap();
    s.store.tamper(&a, |_| None);
    block_on(other.admin().reinsert()).unwrap();
    let back = s.stored(&a);
    assert!(!matches!(back.map(|record| record.content), Some(RecordContent::Keys(_))));
    assert_eq!(other.load(&a).unwrap_err().code(), "keys.shredded");
}

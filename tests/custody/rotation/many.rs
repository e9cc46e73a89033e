//! Rotation of many firms.

use std::sync::Arc;

use fieldseal::Vault;
use fieldseal::admin::RotateAll;
use fieldseal::keys::KeyState::{Active, Superseded};
use fieldseal::keys::Purpose;
use fieldseal::keys::store::{MemoryKeyStore, RecordContent};
use fieldseal::testing::{TestClock, TestVault};
use pollster::block_on;

use super::{listening, states};

const FIRMS: usize = 25;

struct Scene {
    store: Arc<MemoryKeyStore>,
    clock: TestClock,
    vault: Vault,
}

fn scene() -> Scene {
    let (store, clock) = (Arc::new(MemoryKeyStore::new()), TestClock::new());
    let vault = TestVault::new().explicit_firms().clock(clock.clone()).store(store.clone()).build();
    for firm in 0..FIRMS {
        block_on(vault.create_firm(format!("{firm:03}"))).unwrap();
    }
    Scene { store, clock, vault }
}

fn in_batches_of(batch: usize) -> RotateAll {
    let mut all = RotateAll::default();
    all.batch = batch;
    all
}

#[test]
fn a_batch_waits_once() {
    let Scene { vault, .. } = scene();
    let (admin, told) = listening(vault.admin());
    let done = block_on(admin.rotate_all(Purpose::Data, &in_batches_of(10))).unwrap();
    assert_eq!((done.rotated.len(), done.skipped, done.failed.len()), (FIRMS + 1, 0, 0), "the platform too");
    assert_eq!(states(&admin, "007", Purpose::Data), [(1, Superseded), (2, Active)]);
    let waits = told.lock().unwrap().iter().filter(|line| line.contains("wait")).count();
    assert_eq!(waits, 2 * (FIRMS + 1).div_ceil(10));
}

#[test]
fn a_firm_that_fails_holds_up_no_other_and_is_taken_up_by_the_next_call() {
    let Scene { store, clock, vault } = scene();
    let mut intact = None;
    store.tamper(&"007".into(), |record| {
        intact.clone_from(&record);
        record.map(|mut record| {
            if let RecordContent::Keys(keys) = &mut record.content {
                keys.manifest[40] ^= 1;
            }
            record
        })
    });
    clock.advance(std::time::Duration::from_secs(10));
    let mut all = in_batches_of(10);
    all.created_before = block_on(vault.admin().keys("000")).unwrap().versions[0].created + 10;
    let done = block_on(vault.admin().rotate_all(Purpose::Data, &all)).unwrap();
    assert_eq!((done.rotated.len(), done.skipped), (FIRMS, 0));
    let failed: Vec<_> = done.failed.iter().map(|(firm, error)| (firm.to_string(), error.code())).collect();
    assert_eq!(failed, [("text:007".to_owned(), "keys.tampered")]);

    store.tamper(&"007".into(), |_| intact);
    let done = block_on(vault.admin().rotate_all(Purpose::Data, &all)).unwrap();
    assert_eq!((done.rotated.len(), done.skipped, done.failed.len()), (1, FIRMS as u64, 0));
}

#[test]
fn shredded_firms_are_left_alone() {
    let Scene { vault, .. } = scene();
    block_on(fieldseal::danger::shred_firm(&vault, "007")).unwrap();
    let done = block_on(vault.admin().rotate_all(Purpose::Data, &RotateAll::default())).unwrap();
    assert_eq!((done.rotated.len(), done.skipped, done.failed.len()), (FIRMS, 1, 0));
}

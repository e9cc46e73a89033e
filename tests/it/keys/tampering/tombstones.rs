//! Tombstones forged, moved or deleted, and keys put back over them.

use fieldseal::FirmId;
use fieldseal::danger::shred_firm;
use fieldseal::keys::Tampering;
use fieldseal::keys::store::{FirmRecord, RecordContent};
use pollster::block_on;

use super::*;

/// Checking it would take the platform's key: that must not wait for itself.
#[test]
fn a_tombstone_in_the_platforms_place() {
    let s = scene();
    s.put(&FirmId::Platform, tombstone(FirmId::Platform, 2, vec![1; 70]));
    let vault = process(s.keys.clone(), s.store.clone());
    assert_eq!(tampering(vault.blocking().platform().unwrap_err()), Tampering::Tombstone);
    assert_eq!(tampering(vault.blocking().initialize().unwrap_err()), Tampering::Tombstone);
}

#[test]
fn old_keys_put_back_over_a_tombstone() {
    let s = scene();
    let old = s.record(&a());
    block_on(shred_firm(&s.running, "a")).unwrap();
    s.put(&a(), old.clone());
    assert_eq!(tampering(s.warm(&a()).unwrap_err()), Tampering::RolledBack { found: 1, seen: 2 });
    let created = s.running.blocking().create_firm(a());
    assert_eq!(tampering(created.unwrap_err()), Tampering::RolledBack { found: 1, seen: 2 });
    s.put(&a(), FirmRecord { generation: 2, ..old });
    assert_eq!(tampering(s.warm(&a()).unwrap_err()), Tampering::Disagree("generation"));
}

#[test]
fn a_tombstone_forged() {
    let s = scene();
    block_on(shred_firm(&s.running, "b")).unwrap();
    let RecordContent::Tombstone(honest) = s.record(&b()).content else { panic!("b was shredded") };
    let mut altered = honest.clone();
    *altered.last_mut().unwrap() ^= 1;
    let forged = [Vec::new(), vec![0; 31], vec![1; 32], altered, honest[..honest.len() - 1].to_vec(), honest];
    for bytes in forged {
        s.put(&a(), tombstone(a(), 2, bytes));
        assert_eq!(s.tampering(&a()), Tampering::Tombstone);
    }
}

#[test]
fn a_tombstone_of_another_platform() {
    let (s, forger) = (scene(), scene());
    block_on(shred_firm(&forger.running, "a")).unwrap();
    s.put(&a(), forger.record(&a()));
    assert_eq!(s.tampering(&a()), Tampering::Tombstone);
}

#[test]
fn a_tombstone_of_another_generation() {
    let s = scene();
    block_on(shred_firm(&s.running, "a")).unwrap();
    s.put(&a(), FirmRecord { generation: 3, ..s.record(&a()) });
    assert_eq!(s.tampering(&a()), Tampering::Tombstone);
}

#[test]
fn a_tombstone_deleted() {
    let s = scene();
    block_on(shred_firm(&s.running, "a")).unwrap();
    s.store.tamper(&a(), |_| None);
    assert_eq!(tampering(s.warm(&a()).unwrap_err()), Tampering::Vanished { seen: 2 });
    let created = s.running.blocking().create_firm(a());
    assert_eq!(tampering(created.unwrap_err()), Tampering::Vanished { seen: 2 });
}

fn tombstone(firm: FirmId, generation: u64, bytes: Vec<u8>) -> FirmRecord {
    FirmRecord { firm, generation, content: RecordContent::Tombstone(bytes), standing: None }
}

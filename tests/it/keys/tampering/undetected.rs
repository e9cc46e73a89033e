//! What a cold process can't tell, as SECURITY.md says: each test shows the attack work.

use fieldseal::FirmId;
use fieldseal::danger::shred_firm;
use fieldseal::keys::Tampering;
use pollster::block_on;

use super::*;

#[test]
fn undetected_by_a_cold_process_a_whole_store_rolled_back() {
    let s = scene();
    let old = s.record(&a());
    block_on(shred_firm(&s.running, "a")).unwrap();
    s.put(&a(), old);
    s.cold(&a()).expect("keys restored over a tombstone, which a cold process never saw");
}

#[test]
fn undetected_by_a_cold_process_a_firm_deleted_is_made_anew_where_first_seal_creates() {
    let s = scene();
    let sealed = seal(&s.cold(&a()).unwrap()).unwrap();
    s.store.tamper(&a(), |_| None);
    let cold = eager_process(s.keys.clone(), s.store.clone()).blocking();
    let session = cold.session(a()).unwrap();
    seal(&session).expect("deleted rows look like a firm never made");
    assert_eq!(open(&session, &sealed).unwrap_err().code(), "open.unauthentic");
}

#[test]
fn undetected_by_a_cold_process_a_platform_and_firms_forged_together() {
    let (s, forger) = (scene(), scene());
    for firm in [FirmId::Platform, a(), b()] {
        s.put(&firm, forger.record(&firm));
    }
    s.cold(&a()).expect("whoever may encrypt under the platform's KEK and write the store is the platform");
    assert_eq!(tampering(s.warm(&a()).unwrap_err()), Tampering::NotEndorsed, "the running process still knows");
}

//! The platform replaced or removed, and records forged by somebody who may encrypt under its KEK.

use fieldseal::FirmId;
use fieldseal::keys::Tampering;
use fieldseal::keys::store::FirmRecord;

use super::*;

/// Whoever may wrap under the KEK makes a firm of the same name, with a platform of their own.
#[test]
fn a_record_forged_under_an_allowed_kek() {
    let s = scene();
    let forged = scene();
    s.put(&a(), forged.record(&a()));
    assert_eq!(s.tampering(&a()), Tampering::NotEndorsed);
}

#[test]
fn a_firm_forged_that_nobody_has_seen() {
    let s = scene();
    let forger = scene();
    forger.running.blocking().create_firm("new").unwrap();
    s.put(&"new".into(), forger.record(&"new".into()));
    assert_eq!(s.tampering(&"new".into()), Tampering::NotEndorsed);
}

#[test]
fn a_fresh_platform_in_place_of_the_old_one() {
    let s = scene();
    s.put(&FirmId::Platform, scene().record(&FirmId::Platform));
    assert_eq!(tampering(s.cold(&a()).unwrap_err()), Tampering::NotEndorsed);
    // The running process remembers the platform, so that it tells more.
    s.running.blocking().revoke(FirmId::Platform).unwrap();
    assert_eq!(tampering(s.running.blocking().platform().unwrap_err()), Tampering::Forked { generation: 1 });
    let error = s.warm(&a()).unwrap_err();
    assert_eq!(error.to_string(), s.running.blocking().platform().unwrap_err().to_string());
}

#[test]
fn a_platform_removed() {
    let s = scene();
    s.store.tamper(&FirmId::Platform, |_| None);
    assert_eq!(s.cold(&a()).unwrap_err().code(), "keys.not_initialized");
    let cold = process(s.keys.clone(), s.store.clone()).blocking();
    assert_eq!(tampering(cold.initialize().unwrap_err()), Tampering::Vanished { seen: 1 });
    assert_eq!(cold.create_firm("c").unwrap_err().code(), "keys.not_initialized");
    assert_eq!(tampering(s.running.blocking().initialize().unwrap_err()), Tampering::Vanished { seen: 1 });
    assert_eq!(stored(&s.store, &FirmId::Platform), None);
}

#[test]
fn a_firm_in_the_platforms_place() {
    let s = scene();
    let of_a = s.record(&a());
    s.put(&FirmId::Platform, FirmRecord { firm: FirmId::Platform, ..of_a });
    let error = process(s.keys.clone(), s.store.clone()).blocking().platform().unwrap_err();
    assert_eq!(provider_kind(&error), Some(ProviderErrorKind::Unauthentic));
}

//! A malicious writer of the key store: every change is told, by a cold process and by a running one that reads again.

mod platform;
mod tombstones;
mod undetected;

use std::sync::Arc;

use fieldseal::danger::shred_firm;
use fieldseal::keys::store::{FirmRecord, MemoryKeyStore, Purpose};
use fieldseal::keys::{KekId, KeysRecord, ManifestError, ProviderErrorKind, Tampering};
use fieldseal::testing::TestKeys;
use fieldseal::{Creation, FirmId, KeyError, Session, Vault};
use pollster::block_on;

use super::tools::*;

/// A store with the firms `a` and `b`, and a process that has used both.
struct Scene {
    store: Arc<MemoryKeyStore>,
    running: Vault,
    keys: TestKeys,
}

fn a() -> FirmId {
    FirmId::from("a")
}

fn b() -> FirmId {
    FirmId::from("b")
}

fn scene() -> Scene {
    let (store, keys) = (Arc::new(MemoryKeyStore::new()), TestKeys::new());
    let running = process(keys.clone(), store.clone());
    running.blocking().initialize().unwrap();
    for firm in [a(), b()] {
        assert_eq!(running.blocking().create_firm(firm.clone()).unwrap(), Creation::Created);
    }
    Scene { store, running, keys }
}

impl Scene {
    fn record(&self, firm: &FirmId) -> FirmRecord {
        stored(&self.store, firm).unwrap()
    }

    fn keys_of(&self, firm: &FirmId) -> KeysRecord {
        keys_of(&mut self.record(firm)).clone()
    }

    fn put(&self, firm: &FirmId, record: FirmRecord) {
        self.store.tamper(firm, |_| Some(record));
    }

    fn change(&self, firm: &FirmId, change: impl FnOnce(&mut KeysRecord)) {
        change_keys(&self.store, firm, change);
    }

    fn cold(&self, firm: &FirmId) -> Result<Session, KeyError> {
        process(self.keys.clone(), self.store.clone()).blocking().session(firm)
    }

    /// The running process reads again.
    fn warm(&self, firm: &FirmId) -> Result<Session, KeyError> {
        self.running.blocking().revoke(firm).unwrap();
        self.running.blocking().session(firm)
    }

    /// The error of a cold process and of the running one, which must be the same.
    fn refused(&self, firm: &FirmId) -> KeyError {
        let (cold, warm) = (self.cold(firm).unwrap_err(), self.warm(firm).unwrap_err());
        assert_eq!(cold.to_string(), warm.to_string());
        assert!(!cold.is_retryable(), "{cold}");
        cold
    }

    fn tampering(&self, firm: &FirmId) -> Tampering {
        tampering(self.refused(firm))
    }
}

fn tampering(error: KeyError) -> Tampering {
    assert_eq!(error.code(), "keys.tampered", "{error}");
    match error {
        KeyError::Tampered { what, .. } => what,
        other => panic!("{other}"),
    }
}

#[test]
fn whole_records_of_two_firms_swapped() {
    let s = scene();
    let (of_a, of_b) = (s.record(&a()), s.record(&b()));
    s.put(&a(), of_b);
    s.put(&b(), of_a);
    assert_eq!(s.tampering(&a()), Tampering::ForeignRecord);
    assert_eq!(s.tampering(&b()), Tampering::ForeignRecord);
}

#[test]
fn whole_contents_of_two_firms_swapped_under_their_own_names() {
    let s = scene();
    let of_b = s.record(&b());
    s.put(&a(), FirmRecord { firm: a(), ..of_b });
    assert_eq!(provider_kind(&s.refused(&a())), Some(ProviderErrorKind::Unauthentic));
}

#[test]
fn another_firms_master_key() {
    let s = scene();
    let of_b = s.keys_of(&b());
    s.change(&a(), |keys| keys.master.wrapped = of_b.master.wrapped);
    assert_eq!(provider_kind(&s.refused(&a())), Some(ProviderErrorKind::Unauthentic));
}

#[test]
fn another_firms_manifest() {
    let s = scene();
    let of_b = s.keys_of(&b());
    s.change(&a(), |keys| keys.manifest = of_b.manifest);
    assert_eq!(s.tampering(&a()), Tampering::Disagree("firm"));
}

#[test]
fn another_firms_wrapped_keys() {
    let s = scene();
    let of_b = s.keys_of(&b());
    s.change(&a(), |keys| keys.versions = of_b.versions);
    assert_eq!(s.tampering(&a()), Tampering::WrongKey { purpose: "data", version: 1 });
}

#[test]
fn another_firms_endorsement() {
    let s = scene();
    let of_b = s.keys_of(&b());
    s.change(&a(), |keys| keys.master.endorsement = of_b.master.endorsement);
    assert_eq!(s.tampering(&a()), Tampering::NotEndorsed);
}

#[test]
fn an_endorsement_cut_or_missing() {
    for len in [0, 31, 33] {
        let s = scene();
        s.change(&a(), |keys| keys.master.endorsement.resize(len, 0));
        assert_eq!(s.tampering(&a()), Tampering::NotEndorsed);
    }
}

#[test]
fn a_deleted_firm_is_gone_for_a_running_process_and_unknown_to_a_cold_one() {
    let s = scene();
    s.store.tamper(&a(), |_| None);
    assert_eq!(tampering(s.warm(&a()).unwrap_err()), Tampering::Vanished { seen: 1 });
    assert_eq!(s.cold(&a()).unwrap_err().code(), "keys.unknown_firm");
}

#[test]
fn a_running_process_does_not_create_a_deleted_firm_anew() {
    let s = scene();
    s.store.tamper(&a(), |_| None);
    let created = s.running.blocking().create_firm(a());
    assert_eq!(tampering(created.unwrap_err()), Tampering::Vanished { seen: 1 });
    assert_eq!(stored(&s.store, &a()), None);
}

#[test]
fn any_bit_of_a_manifest() {
    let s = scene();
    let honest = s.keys_of(&a()).manifest;
    for bit in (0..honest.len() * 8).step_by(7) {
        s.change(&a(), |keys| keys.manifest[bit / 8] ^= 1 << (bit % 8));
        tampering(s.cold(&a()).expect_err("an altered bit is told"));
        s.change(&a(), |keys| keys.manifest = honest.clone());
    }
    s.cold(&a()).unwrap();
}

#[test]
fn a_version_state_changed() {
    let s = scene();
    // The state of the last of two entries of 46 bytes, before a MAC of 32.
    s.change(&a(), |keys| {
        let state = keys.manifest.len() - 32 - 46 + 5;
        assert_eq!(keys.manifest[state], 2, "active");
        keys.manifest[state] = 4;
    });
    assert!(matches!(s.tampering(&a()), Tampering::Manifest(ManifestError::Inconsistent(_))));
}

#[test]
fn a_time_of_creation_changed() {
    let s = scene();
    s.change(&a(), |keys| {
        let created = keys.manifest.len() - 32 - 46 + 13;
        keys.manifest[created] ^= 1;
    });
    assert_eq!(s.tampering(&a()), Tampering::Manifest(ManifestError::Unauthentic));
}

#[test]
fn a_manifest_truncated() {
    let s = scene();
    let honest = s.keys_of(&a()).manifest;
    for len in 0..honest.len() {
        s.change(&a(), |keys| keys.manifest.truncate(len));
        assert!(matches!(tampering(s.cold(&a()).unwrap_err()), Tampering::Manifest(_)), "{len} bytes");
        s.change(&a(), |keys| keys.manifest = honest.clone());
    }
}

#[test]
fn a_wrapped_key_of_another_purpose() {
    let s = scene();
    s.change(&a(), |keys| {
        let [data, index] = &mut keys.versions[..] else { panic!("two keys") };
        std::mem::swap(&mut data.wrapped, &mut index.wrapped);
    });
    assert_eq!(s.tampering(&a()), Tampering::WrongKey { purpose: "data", version: 1 });
}

#[test]
fn a_wrapped_key_of_another_version() {
    let s = scene();
    s.change(&a(), |keys| keys.versions[1].version = 2);
    assert_eq!(s.tampering(&a()), Tampering::WrongVersions { purpose: "index" });
}

#[test]
fn wrapped_keys_cut_or_of_no_length() {
    for len in [0, 16, 47, 49, 4096] {
        let s = scene();
        s.change(&a(), |keys| keys.versions[0].wrapped.resize(len, 0));
        assert_eq!(s.tampering(&a()), Tampering::WrongKey { purpose: "data", version: 1 });
        s.change(&b(), |keys| keys.master.wrapped.resize(len, 0));
        assert_eq!(provider_kind(&s.refused(&b())), Some(ProviderErrorKind::Unauthentic));
    }
}

#[test]
fn a_wrapped_key_missing() {
    for (n, purpose) in ["data", "index"].into_iter().enumerate() {
        let s = scene();
        s.change(&a(), |keys| drop(keys.versions.remove(n)));
        assert_eq!(s.tampering(&a()), Tampering::WrongVersions { purpose });
    }
}

#[test]
fn a_wrapped_key_twice() {
    for (n, purpose) in ["data", "index"].into_iter().enumerate() {
        let s = scene();
        s.change(&a(), |keys| keys.versions.push(keys.versions[n].clone()));
        assert_eq!(s.tampering(&a()), Tampering::WrongVersions { purpose });
    }
}

#[test]
fn a_wrapped_key_too_many() {
    let s = scene();
    s.change(&a(), |keys| {
        let mut more = keys.versions[0].clone();
        (more.purpose, more.version) = (Purpose::Data, 2);
        keys.versions.push(more);
    });
    assert_eq!(s.tampering(&a()), Tampering::WrongVersions { purpose: "data" });
}

#[test]
fn a_kek_that_the_configuration_does_not_allow_is_refused_without_a_call() {
    let s = scene();
    s.change(&a(), |keys| keys.master.kek = KekId::new("planted\n\u{1b}[31m"));
    s.running.blocking().revoke(a()).unwrap();
    let before = s.keys.calls();
    let error = s.running.blocking().session(a()).unwrap_err();
    assert_eq!(s.keys.calls(), before, "the provider was called");
    assert_eq!(error.code(), "keys.foreign_kek");
    let shown = error.to_string();
    assert!(shown.contains("planted") && !shown.contains(char::is_control), "{shown:?}");
    assert_eq!(s.cold(&a()).unwrap_err().code(), "keys.foreign_kek");
    assert_eq!(s.keys.calls(), before, "the provider was called");
}

#[test]
fn a_provider_that_the_configuration_does_not_name_is_refused_without_a_call() {
    let s = scene();
    s.change(&a(), |keys| keys.master.provider = "other".into());
    s.running.blocking().revoke(a()).unwrap();
    let before = s.keys.calls();
    assert_eq!(s.refused(&a()).code(), "keys.foreign_kek");
    assert_eq!(s.keys.calls(), before, "the provider was called");
}

#[test]
fn an_allowed_kek_named_in_place_of_the_one_that_wraps() {
    let (store, keys) = (Arc::new(MemoryKeyStore::new()), Steered::default());
    let honest = process(keys.clone(), store.clone()).blocking();
    honest.initialize().unwrap();
    honest.create_firm(a()).unwrap();
    let both = vec![keys.keks[0].clone(), KekId::new("testing:2")];
    change_keys(&store, &a(), |keys| keys.master.kek = both[1].clone());
    let error = process(Steered { keks: both, ..keys }, store).blocking().session(a()).unwrap_err();
    assert_eq!(provider_kind(&error), Some(ProviderErrorKind::Unauthentic));
}

#[test]
fn another_master_key_version() {
    let s = scene();
    s.change(&a(), |keys| keys.master.version = 2);
    assert_eq!(provider_kind(&s.refused(&a())), Some(ProviderErrorKind::Unauthentic));
}

#[test]
fn a_generation_that_is_not_the_manifests() {
    let s = scene();
    for generation in [2, u64::MAX] {
        s.put(&a(), FirmRecord { generation, ..s.record(&a()) });
        assert_eq!(s.tampering(&a()), Tampering::Disagree("generation"));
    }
}

#[test]
fn a_generation_beyond_all_numbers_stops_a_shred_without_a_panic() {
    let s = scene();
    s.put(&a(), FirmRecord { generation: u64::MAX, ..s.record(&a()) });
    let error = block_on(shred_firm(&s.running, "a")).unwrap_err();
    assert_eq!(tampering(error), Tampering::Disagree("generation"));
}

#[test]
fn a_firm_deleted_and_made_anew_by_another_process() {
    let s = scene();
    s.store.tamper(&a(), |_| None);
    process(s.keys.clone(), s.store.clone()).blocking().create_firm(a()).unwrap();
    assert_eq!(tampering(s.warm(&a()).unwrap_err()), Tampering::Forked { generation: 1 });
}

#[test]
fn a_refused_record_put_right_is_read_again() {
    let s = scene();
    let honest = s.record(&a());
    s.change(&a(), |keys| keys.versions.clear());
    s.refused(&a());
    s.put(&a(), honest);
    let sealed = seal(&s.warm(&a()).unwrap()).unwrap();
    open(&s.cold(&a()).unwrap(), &sealed).unwrap();
}

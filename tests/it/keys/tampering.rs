//! A malicious writer of the key store: every change is told, by a cold process and by a running one that reads again.

use std::sync::Arc;

use fieldseal::danger::shred_firm;
use fieldseal::keys::store::{FirmRecord, MemoryKeyStore, Purpose, RecordContent};
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
        self.running.blocking().revoke(firm);
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
    assert_eq!(s.tampering(&a()), Tampering::Manifest(ManifestError::Unauthentic));
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
        let found = tampering(s.cold(&a()).unwrap_err());
        assert_eq!(found, Tampering::Manifest(ManifestError::Unauthentic), "bit {bit}");
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
    s.running.blocking().revoke(a());
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
    s.running.blocking().revoke(a());
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
    s.running.blocking().revoke(FirmId::Platform);
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

/// Checking it would take the platform's key: that must not wait for itself.
#[test]
fn a_tombstone_in_the_platforms_place() {
    let s = scene();
    s.put(&FirmId::Platform, tombstone(FirmId::Platform, 2, vec![1; 70]));
    let vault = process(s.keys.clone(), s.store.clone());
    assert_eq!(tampering(vault.blocking().platform().unwrap_err()), Tampering::Tombstone);
    assert_eq!(tampering(vault.blocking().initialize().unwrap_err()), Tampering::Tombstone);
}

fn tombstone(firm: FirmId, generation: u64, bytes: Vec<u8>) -> FirmRecord {
    FirmRecord { firm, generation, content: RecordContent::Tombstone(bytes) }
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

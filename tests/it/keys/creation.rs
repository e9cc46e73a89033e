//! Firms are created, never guessed; two creators make one key; what is created is committed first.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Barrier};

use fieldseal::danger::shred_firm;
use fieldseal::keys::store::MemoryKeyStore;
use fieldseal::keys::{KekId, KeyProvider, ProviderErrorKind};
use fieldseal::testing::{TestKeys, TestVault};
use fieldseal::{Creation, FirmId, Vault};
use pollster::block_on;

use super::tools::*;

pub(super) fn store_of_a_platform() -> (Arc<MemoryKeyStore>, TestKeys) {
    let (store, keys) = (Arc::new(MemoryKeyStore::new()), TestKeys::new());
    process(keys.clone(), store.clone()).blocking().initialize().unwrap();
    (store, keys)
}

pub(super) fn firms(store: &MemoryKeyStore) -> Vec<String> {
    let firms = block_on(fieldseal::keys::KeyStore::firms(store, None, 1000)).unwrap();
    firms.iter().map(ToString::to_string).collect()
}

#[test]
fn an_explicit_vault_creates_by_name_only() {
    let (store, keys) = store_of_a_platform();
    let vault = process(keys, store.clone()).blocking();
    assert_eq!(vault.session("a").unwrap_err().code(), "keys.unknown_firm");
    assert_eq!(firms(&store), ["platform"]);
    assert_eq!(vault.create_firm("a").unwrap(), Creation::Created);
    assert_eq!(vault.create_firm("a").unwrap(), Creation::Existed);
    seal(&vault.session("a").unwrap()).unwrap();
}

#[test]
fn opening_creates_nothing() {
    let (store, keys) = store_of_a_platform();
    let sealed = seal(&fieldseal::testing::vault().blocking().session("a").unwrap()).unwrap();
    let session = eager_process(keys, store.clone()).blocking().session("a").unwrap();
    assert_eq!(open(&session, &sealed).unwrap_err().code(), "keys.unknown_firm");
    assert_eq!(firms(&store), ["platform"]);
    seal(&session).unwrap();
    assert_eq!(firms(&store), ["platform", "text:a"]);
    assert_eq!(open(&session, &sealed).unwrap_err().code(), "open.unauthentic");
}

#[test]
fn a_first_seal_is_committed_before_it_returns() {
    let (store, keys) = store_of_a_platform();
    let sealed = seal(&eager_process(keys.clone(), store.clone()).blocking().session("a").unwrap()).unwrap();
    open(&process(keys, store).blocking().session("a").unwrap(), &sealed).unwrap();
}

#[test]
fn a_session_from_before_creation_opens_once_another_one_loaded() {
    let (store, keys) = store_of_a_platform();
    let vault = eager_process(keys.clone(), store.clone()).blocking();
    let early = vault.session("a").unwrap();
    let other = process(keys, store).blocking();
    other.create_firm("a").unwrap();
    let sealed = seal(&other.session("a").unwrap()).unwrap();
    assert_eq!(open(&early, &sealed).unwrap_err().code(), "keys.unknown_firm");
    vault.session("a").unwrap();
    open(&early, &sealed).unwrap();
}

#[test]
fn creators_in_many_threads_of_two_processes_make_one_key() {
    for first_seal in [false, true] {
        let (store, keys) = store_of_a_platform();
        let vaults = [eager_process(keys.clone(), store.clone()), eager_process(keys, store)];
        let start = Barrier::new(16);
        let made: Vec<_> = std::thread::scope(|scope| {
            let create = |n: usize| {
                let (vault, start) = (vaults[n % 2].blocking(), &start);
                move || {
                    start.wait();
                    let created = (!first_seal).then(|| vault.create_firm("a").unwrap());
                    (created, seal(&vault.session("a").unwrap()).unwrap())
                }
            };
            let threads: Vec<_> = (0..16).map(|n| scope.spawn(create(n))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        if !first_seal {
            assert_eq!(made.iter().filter(|(created, _)| *created == Some(Creation::Created)).count(), 1);
        }
        for vault in vaults {
            let session = vault.blocking().session("a").unwrap();
            made.iter().for_each(|(_, sealed)| open(&session, sealed).unwrap());
        }
    }
}

/// An answer from before the firm was made, which goes on after: it saw no deletion.
#[tokio::test]
async fn a_slow_answer_from_before_a_creation_is_no_tampering() {
    let slow = SlowStore::default();
    let vault = process(TestKeys::new(), Arc::new(slow.clone()));
    vault.initialize().await.unwrap();
    let late = vault.clone();
    let late = slow.hold_up(async move { late.create_firm("a").await }).await;
    assert_eq!(vault.create_firm("a").await.unwrap(), Creation::Created);
    slow.gate.open();
    assert_eq!(late.await.unwrap().unwrap(), Creation::Existed);
}

#[test]
fn a_provider_that_is_down_leaves_nothing() {
    let (store, keys) = store_of_a_platform();
    let vault = eager_process(keys.clone(), store.clone()).blocking();
    vault.platform().unwrap();
    keys.fail(Some(ProviderErrorKind::Unavailable));
    let error = vault.create_firm("a").unwrap_err();
    assert_eq!((error.code(), error.is_retryable()), ("keys.provider", true));
    let session = vault.session("b").unwrap();
    let error = seal(&session).unwrap_err();
    assert_eq!((error.code(), error.is_retryable()), ("keys.provider", true));
    assert_eq!(firms(&store), ["platform"]);
    keys.fail(None);
    seal(&session).expect("the same session seals once the provider is back");
    vault.create_firm("a").unwrap();
    assert_eq!(firms(&store), ["platform", "text:a", "text:b"]);
}

#[test]
fn a_provider_that_wraps_under_a_kek_of_no_list_leaves_nothing() {
    let store = Arc::new(MemoryKeyStore::new());
    let provider = Steered { wraps_under: KekId::new("alias/kek"), ..Steered::default() };
    let error = process(provider, store.clone()).blocking().initialize().unwrap_err();
    assert_eq!(provider_kind(&error), Some(ProviderErrorKind::Internal));
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("alias/kek"));
    assert!(firms(&store).is_empty());
}

#[test]
fn without_a_platform_no_firm_is_made() {
    let store = Arc::new(MemoryKeyStore::new());
    let vault = eager_process(TestKeys::new(), store.clone()).blocking();
    assert_eq!(vault.create_firm("a").unwrap_err().code(), "keys.not_initialized");
    assert_eq!(seal(&vault.session("a").unwrap()).unwrap_err().code(), "keys.not_initialized");
    assert_eq!(vault.platform().unwrap_err().code(), "keys.not_initialized");
    assert!(firms(&store).is_empty());
    assert_eq!(vault.initialize().unwrap(), Creation::Created);
    assert_eq!(vault.initialize().unwrap(), Creation::Existed);
    vault.create_firm("a").unwrap();
}

#[test]
fn of_processes_that_initialize_at_once_one_makes_the_platform() {
    let (store, keys, start) = (Arc::new(MemoryKeyStore::new()), TestKeys::new(), Barrier::new(8));
    let made: Vec<_> = std::thread::scope(|scope| {
        let initialize = || {
            let vault = process(keys.clone(), store.clone()).blocking();
            start.wait();
            vault.initialize().unwrap()
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(initialize)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(made.iter().filter(|made| **made == Creation::Created).count(), 1);
}

async fn seals_first_in_a_task(vault: Vault) {
    let session = vault.session("a").await.unwrap();
    let sealed = seal(&session).unwrap();
    open(&session, &sealed).unwrap();
}

#[tokio::test]
async fn a_first_seal_in_a_runtime_of_one_thread() {
    let vault = tokio::task::spawn_blocking(fieldseal::testing::vault).await.unwrap();
    seals_first_in_a_task(vault).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn first_seals_in_a_runtime_of_few_threads() {
    let vault = tokio::task::spawn_blocking(fieldseal::testing::vault).await.unwrap();
    let tasks = (0..32).map(|_| tokio::spawn(seals_first_in_a_task(vault.clone())));
    for done in futures_util::future::join_all(tasks).await {
        done.unwrap();
    }
}

/// The platform's load is in flight in a task of the very thread that the first seal holds up.
#[tokio::test]
async fn a_first_seal_waits_for_no_load_of_its_own_thread() {
    let (provider, store) = (Steered::default(), Arc::new(MemoryKeyStore::new()));
    process(provider.clone(), store.clone()).initialize().await.unwrap();
    let vault = eager_process(provider.clone(), store);
    let session = vault.session("a").await.unwrap();
    provider.gate.close();
    let calls = provider.unwraps();
    let platform = tokio::spawn({
        let vault = vault.clone();
        async move { vault.platform().await.map(drop) }
    });
    provider.gate.arrived(1).await;
    let helper = std::thread::spawn({
        let gate = provider.gate.clone();
        move || gate.open()
    });
    let sealed = seal(&session).unwrap();
    open(&session, &sealed).unwrap();
    platform.await.unwrap().unwrap();
    helper.join().unwrap();
    assert_eq!(provider.unwraps(), calls + 2, "one load of the platform, which both waited for, and one of the firm");
}

#[test]
fn a_creation_whose_answer_is_lost_is_found_by_the_next() {
    let slow = SlowStore::default();
    let vault = process(TestKeys::new(), Arc::new(slow.clone())).blocking();
    vault.initialize().unwrap();
    slow.lose_next.store(true, Ordering::SeqCst);
    assert_eq!(vault.create_firm("a").unwrap_err().code(), "store.unavailable");
    assert_eq!(vault.create_firm("a").unwrap(), Creation::Existed);
}

#[test]
fn an_unusable_firm_id_reaches_no_store() {
    let (store, keys) = store_of_a_platform();
    let vault = eager_process(keys, store);
    for firm in ["", "a\0b", &"x".repeat(256)] {
        assert_eq!(vault.blocking().session(firm).unwrap_err().code(), "keys.invalid_firm");
        assert_eq!(vault.blocking().create_firm(firm).unwrap_err().code(), "keys.invalid_firm");
        assert_eq!(block_on(shred_firm(&vault, firm)).unwrap_err().code(), "keys.invalid_firm");
    }
}

#[test]
fn firms_of_one_spelling_have_keys_of_their_own() {
    let vault = TestVault::new().explicit_firms().build().blocking();
    vault.create_firm(42i64).unwrap();
    assert_eq!(vault.session("42").unwrap_err().code(), "keys.unknown_firm");
    assert_eq!(vault.session("platform").unwrap_err().code(), "keys.unknown_firm");
    let kinds: BTreeSet<_> = [42i64.into(), FirmId::from("42"), FirmId::Platform].into_iter().collect();
    assert_eq!(kinds.len(), 3);
    assert_eq!(TestKeys::new().keks().len(), 1);
}

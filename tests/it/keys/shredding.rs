//! A shredded firm is gone for good, for every process that asks.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use fieldseal::danger::shred_firm;
use fieldseal::testing::TestKeys;
use fieldseal::{FirmId, Vault};
use pollster::block_on;

use super::creation::{firms, store_of_a_platform};
use super::tools::*;

#[tokio::test]
async fn a_slow_answer_from_before_a_shred_is_no_tampering() {
    let slow = SlowStore::default();
    let vault = process(TestKeys::new(), Arc::new(slow.clone()));
    vault.initialize().await.unwrap();
    vault.create_firm("a").await.unwrap();
    vault.revoke("a").await.unwrap();
    let late = vault.clone();
    let late = slow.hold_up(async move { late.session("a").await.map(drop) }).await;
    shred_firm(&vault, "a").await.unwrap();
    slow.gate.open();
    assert_eq!(late.await.unwrap().unwrap_err().code(), "keys.shredded");
}

#[test]
fn a_shredded_firm_is_gone_for_good() {
    let (store, keys) = store_of_a_platform();
    let vault = eager_process(keys.clone(), store.clone());
    let (blocking, session) = (vault.blocking(), vault.blocking().session("a").unwrap());
    let sealed = seal(&session).unwrap();
    block_on(shred_firm(&vault, "a")).unwrap();
    assert_eq!(seal(&session).unwrap_err().code(), "keys.shredded");
    assert_eq!(open(&session, &sealed).unwrap_err().code(), "keys.shredded");
    for vault in [blocking, eager_process(keys, store).blocking()] {
        assert_eq!(vault.session("a").unwrap_err().code(), "keys.shredded");
        assert_eq!(vault.create_firm("a").unwrap_err().code(), "keys.shredded");
    }
    assert_eq!(block_on(shred_firm(&vault, "a")).unwrap_err().code(), "keys.shredded");
    assert_eq!(seal(&session).unwrap_err().code(), "keys.shredded");
}

#[test]
fn a_shredded_firm_is_refused_to_a_session_that_waits_for_its_first_seal() {
    let (store, keys) = store_of_a_platform();
    let early = eager_process(keys.clone(), store.clone()).blocking().session("a").unwrap();
    let other = process(keys, store);
    other.blocking().create_firm("a").unwrap();
    block_on(shred_firm(&other, "a")).unwrap();
    assert_eq!(seal(&early).unwrap_err().code(), "keys.shredded");
}

/// Another process shredded it, and this one learns of it by asking, if it was not told before: its keys are dropped then.
#[test]
fn keys_are_dropped_when_a_tombstone_is_met() {
    let meet: [fn(&Vault) -> &'static str; 2] = [
        |vault| vault.blocking().create_firm("a").unwrap_err().code(),
        |vault| block_on(shred_firm(vault, "a")).unwrap_err().code(),
    ];
    for meet in meet {
        let (store, keys) = store_of_a_platform();
        let [one, other] = [process(keys.clone(), store.clone()), process(keys, store)];
        one.blocking().create_firm("a").unwrap();
        let session = one.blocking().session("a").unwrap();
        block_on(shred_firm(&other, "a")).unwrap();
        assert_eq!(meet(&one), "keys.shredded");
        assert_eq!(seal(&session).unwrap_err().code(), "keys.shredded");
    }
}

/// The store shredded the firm and could not say so.
#[test]
fn keys_are_dropped_though_the_answer_to_a_shred_is_lost() {
    let slow = SlowStore::default();
    let vault = process(TestKeys::new(), Arc::new(slow.clone()));
    vault.blocking().initialize().unwrap();
    vault.blocking().create_firm("a").unwrap();
    let session = vault.blocking().session("a").unwrap();
    slow.lose_next.store(true, Ordering::SeqCst);
    let error = block_on(shred_firm(&vault, "a")).unwrap_err();
    assert_eq!((error.code(), error.is_retryable()), ("store.unavailable", true));
    assert_eq!(seal(&session).unwrap_err().code(), "keys.revoked");
    assert_eq!(vault.blocking().session("a").unwrap_err().code(), "keys.shredded");
}

#[test]
fn keys_are_dropped_though_the_caller_gives_a_shred_up() {
    let slow = SlowStore::default();
    let vault = process(TestKeys::new(), Arc::new(slow.clone()));
    vault.blocking().initialize().unwrap();
    vault.blocking().create_firm("a").unwrap();
    let session = vault.blocking().session("a").unwrap();
    let mut shred = Box::pin(shred_firm(&vault, "a"));
    block_on(std::future::poll_fn(|context| {
        // The load is answered at once; the answer to the change waits.
        slow.gate.close();
        slow.hold_replace.store(true, Ordering::SeqCst);
        assert!(shred.as_mut().poll(context).is_pending());
        std::task::Poll::Ready(())
    }));
    drop(shred);
    assert_eq!(seal(&session).unwrap_err().code(), "keys.revoked");
    assert_eq!(vault.blocking().session("a").unwrap_err().code(), "keys.shredded");
}

#[test]
fn the_platform_and_unknown_firms_are_not_shredded() {
    let (store, keys) = store_of_a_platform();
    let vault = process(keys, store.clone());
    assert_eq!(block_on(shred_firm(&vault, FirmId::Platform)).unwrap_err().code(), "keys.platform_shred");
    assert_eq!(block_on(shred_firm(&vault, "typo")).unwrap_err().code(), "keys.unknown_firm");
    vault.blocking().platform().unwrap();
    assert_eq!(firms(&store), ["platform"]);
}

#[test]
fn a_firm_that_does_not_load_can_be_shredded() {
    let (store, keys) = store_of_a_platform();
    let vault = process(keys, store.clone());
    vault.blocking().create_firm("a").unwrap();
    change_keys(&store, &"a".into(), |keys| keys.manifest.clear());
    block_on(shred_firm(&vault, "a")).unwrap();
    assert_eq!(vault.blocking().session("a").unwrap_err().code(), "keys.shredded");
}

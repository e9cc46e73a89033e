//! Loads that are shared, keys that expire or are revoked, and what of it reaches sessions.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fieldseal::keys::store::MemoryKeyStore;
use fieldseal::keys::{CacheSettings, ProviderErrorKind};
use fieldseal::testing::{TestClock, TestKeys, TestVault, sweep};
use fieldseal::{FirmId, Vault};
use futures_util::future::join_all;

use super::tools::*;

const TTL: Duration = Duration::from_secs(3600);

/// A process that has used nothing yet, over a store with the firms `a`, `b` and `c`.
fn cold(change: impl FnOnce(&mut CacheSettings)) -> (Vault, Steered) {
    let (provider, store) = (Steered::default(), Arc::new(MemoryKeyStore::new()));
    let other = process(provider.clone(), store.clone()).blocking();
    other.initialize().unwrap();
    for firm in ["a", "b", "c"] {
        other.create_firm(firm).unwrap();
    }
    provider.unwraps.store(0, Ordering::SeqCst);
    let builder = Vault::builder().provider(provider.clone()).shared_store(store).cache(settings(change));
    (builder.build().unwrap(), provider)
}

fn in_a_runtime<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap().block_on(test)
}

async fn code(vault: &Vault, firm: &str) -> &'static str {
    match vault.session(firm).await {
        Ok(session) => seal(&session).map_or_else(|error| error.code(), |_| "ok"),
        Err(error) => error.code(),
    }
}

fn spawn_code(vault: &Vault, firm: &'static str) -> tokio::task::JoinHandle<&'static str> {
    let vault = vault.clone();
    tokio::spawn(async move { code(&vault, firm).await })
}

#[test]
fn a_thousand_sessions_of_a_cold_firm_cost_one_call() {
    let (vault, provider) = cold(|_| {});
    in_a_runtime(async {
        vault.platform().await.unwrap();
        for round in 1..=3 {
            provider.gate.close();
            let sessions: Vec<_> = (0..1000).map(|_| spawn_code(&vault, "a")).collect();
            provider.gate.arrived(1).await;
            provider.gate.open();
            for code in join_all(sessions).await {
                assert_eq!(code.unwrap(), "ok");
            }
            assert_eq!(provider.unwraps(), 1 + round);
            vault.revoke("a").await.unwrap();
        }
    });
}

#[test]
fn the_platform_is_loaded_once_for_firms_at_once() {
    let (vault, provider) = cold(|_| {});
    in_a_runtime(async {
        let sessions = ["a", "b", "c", "a", "b", "c"].map(|firm| spawn_code(&vault, firm));
        for code in join_all(sessions).await {
            assert_eq!(code.unwrap(), "ok");
        }
    });
    assert_eq!(provider.unwraps(), 4);
}

#[test]
fn a_load_given_up_by_its_first_waiter_goes_on_for_the_others() {
    let (vault, provider) = cold(|_| {});
    in_a_runtime(async {
        vault.platform().await.unwrap();
        provider.gate.close();
        let first = spawn_code(&vault, "a");
        provider.gate.arrived(1).await;
        let second = spawn_code(&vault, "a");
        first.abort();
        assert!(first.await.unwrap_err().is_cancelled());
        provider.gate.open();
        assert_eq!(second.await.unwrap(), "ok");
    });
}

#[test]
fn an_expired_session_fails_and_the_next_one_revives_it() {
    let clock = TestClock::new();
    let vault = TestVault::new().clock(clock.clone()).build();
    let session = vault.blocking().session("a").unwrap();
    let sealed = seal(&session).unwrap();
    clock.advance(TTL - Duration::from_nanos(1));
    sweep(&vault);
    open(&session, &sealed).unwrap();
    clock.advance(Duration::from_nanos(1));
    sweep(&vault);
    let error = open(&session, &sealed).unwrap_err();
    assert_eq!((error.code(), error.is_retryable()), ("keys.expired", true));
    assert_eq!(seal(&session).unwrap_err().code(), "keys.expired");
    vault.blocking().session("a").unwrap();
    open(&session, &sealed).unwrap();
}

#[test]
fn a_session_checks_ages_without_a_sweep() {
    let (clock, keys) = (TestClock::new(), TestKeys::new());
    let vault = TestVault::new().clock(clock.clone()).keys(keys.clone()).build().blocking();
    seal(&vault.session("a").unwrap()).unwrap();
    let before = keys.calls();
    vault.session("a").unwrap();
    assert_eq!(keys.calls(), before);
    clock.advance(TTL);
    vault.session("a").unwrap();
    assert_eq!(keys.calls(), before + 2, "the firm and the platform");
}

/// The thread of a vault, not the test, empties the slot; also when the vault is gone and a session is left.
#[test]
fn the_timer_empties_slots_that_nobody_asks_for() {
    for vault_is_gone in [false, true] {
        let clock = TestClock::new();
        let vault = TestVault::new().clock(clock.clone()).build();
        seal(&vault.blocking().session("a").unwrap()).unwrap();
        let session = vault.blocking().session("a").unwrap();
        let vault = (!vault_is_gone).then_some(vault);
        clock.advance(TTL);
        let began = Instant::now();
        while seal(&session).is_ok() {
            assert!(began.elapsed() < Duration::from_secs(30), "the timer does not sweep");
            std::thread::yield_now();
        }
        assert_eq!(seal(&session).unwrap_err().code(), "keys.expired");
        drop(vault);
    }
}

#[test]
fn a_time_without_end_is_a_time() {
    let (vault, _) = cold(|settings| settings.ttl = Duration::MAX);
    let session = vault.blocking().session("a").unwrap();
    sweep(&vault);
    seal(&session).unwrap();
}

#[test]
fn a_load_from_before_a_revocation_publishes_nothing() {
    let (vault, provider) = cold(|_| {});
    in_a_runtime(async {
        vault.platform().await.unwrap();
        provider.gate.close();
        let early = spawn_code(&vault, "a");
        provider.gate.arrived(1).await;
        vault.revoke("a").await.unwrap();
        provider.gate.open();
        assert_eq!(early.await.unwrap(), "keys.revoked");
        assert_eq!(code(&vault, "a").await, "ok");
    });
}

#[test]
fn a_session_from_after_a_revocation_does_not_wait_for_a_load_from_before() {
    let (vault, provider) = cold(|_| {});
    in_a_runtime(async {
        vault.platform().await.unwrap();
        provider.gate.close();
        let early = spawn_code(&vault, "a");
        provider.gate.arrived(1).await;
        vault.revoke("a").await.unwrap();
        let late = spawn_code(&vault, "a");
        provider.gate.arrived(2).await;
        provider.gate.open();
        assert_eq!(late.await.unwrap(), "ok");
        // The early session found its slot revoked, or filled by the late one's load.
        assert!(["ok", "keys.revoked"].contains(&early.await.unwrap()));
    });
}

#[test]
fn a_revocation_of_the_platform_during_a_firms_load_does_not_stick() {
    let (vault, provider) = cold(|_| {});
    in_a_runtime(async {
        provider.gate.close();
        let early = spawn_code(&vault, "a");
        provider.gate.arrived(1).await;
        vault.revoke(FirmId::Platform).await.unwrap();
        provider.gate.open();
        assert!(["ok", "keys.revoked"].contains(&early.await.unwrap()));
        assert_eq!(code(&vault, "a").await, "ok");
    });
}

#[test]
fn a_revocation_reaches_sessions_whose_entry_was_evicted() {
    for max_firms in [0, 1] {
        let (vault, provider) = cold(|settings| settings.max_firms = max_firms);
        in_a_runtime(async {
            let mut sessions = Vec::new();
            for firm in ["a", "b", "c"] {
                sessions.push(vault.session(firm).await.unwrap());
            }
            let loaded = provider.unwraps();
            for firm in ["a", "b", "c"] {
                assert_eq!(code(&vault, firm).await, "ok");
            }
            assert_eq!(provider.unwraps(), loaded, "keys in use are not loaded again");
            for (session, firm) in sessions.iter().zip(["a", "b", "c"]) {
                vault.revoke(firm).await.unwrap();
                assert_eq!(seal(session).unwrap_err().code(), "keys.revoked");
            }
        });
    }
}

#[test]
fn a_revocation_before_the_first_seal_does_not_stick() {
    let vault = fieldseal::testing::vault();
    let early = vault.blocking().session("a").unwrap();
    vault.blocking().revoke("a").unwrap();
    assert_eq!(seal(&early).unwrap_err().code(), "keys.revoked");
    let late = vault.blocking().session("a").unwrap();
    seal(&late).unwrap();
    seal(&early).unwrap();
}

#[test]
fn failures_are_not_kept() {
    let (vault, provider) = cold(|_| {});
    let blocking = vault.blocking();
    for (kind, retryable) in [
        (ProviderErrorKind::Unavailable, true),
        (ProviderErrorKind::Throttled, true),
        (ProviderErrorKind::Denied, false),
        (ProviderErrorKind::NotFound, false),
        (ProviderErrorKind::Disabled, false),
        (ProviderErrorKind::Unauthentic, false),
        (ProviderErrorKind::Internal, false),
    ] {
        provider.inner.fail(Some(kind));
        let error = blocking.session("a").unwrap_err();
        assert_eq!((provider_kind(&error), error.is_retryable()), (Some(kind), retryable));
        assert!(error.to_string().contains("steered") && error.to_string().contains("text:a"), "{error}");
        provider.inner.fail(None);
        seal(&blocking.session("a").unwrap()).unwrap();
        blocking.revoke("a").unwrap();
    }
}

#[test]
fn absence_is_not_kept() {
    let (store, keys) = (Arc::new(MemoryKeyStore::new()), TestKeys::new());
    let [one, other] = [process(keys.clone(), store.clone()), process(keys, store)].map(|vault| vault.blocking());
    assert_eq!(one.platform().unwrap_err().code(), "keys.not_initialized");
    other.initialize().unwrap();
    one.platform().unwrap();
    assert_eq!(one.session("a").unwrap_err().code(), "keys.unknown_firm");
    other.create_firm("a").unwrap();
    one.session("a").unwrap();
}

/// Who asks after the firm was made is not answered by a load from before.
#[test]
fn absence_is_not_shared_with_those_who_come_later() {
    let slow = SlowStore::default();
    let [one, other] = [(); 2].map(|()| process(TestKeys::new(), Arc::new(slow.clone())));
    in_a_runtime(async {
        other.initialize().await.unwrap();
        one.platform().await.unwrap();
        let task = one.clone();
        let early = slow.hold_up(async move { code(&task, "a").await }).await;
        other.create_firm("a").await.unwrap();
        let (mut session, mut creation) = (Box::pin(one.session("a")), Box::pin(one.create_firm("a")));
        assert!(futures_util::poll!(&mut session).is_pending(), "it waits for the load in flight");
        assert!(futures_util::poll!(&mut creation).is_pending(), "it waits for the load in flight");
        slow.gate.open();
        assert_eq!(early.await.unwrap(), "keys.unknown_firm");
        let (session, creation) = futures_util::future::join(session, creation).await;
        seal(&session.unwrap()).unwrap();
        assert_eq!(creation.unwrap(), fieldseal::Creation::Existed);
    });
}

#[test]
fn a_held_key_needs_no_provider() {
    let (vault, provider) = cold(|_| {});
    let vault = vault.blocking();
    let session = vault.session("a").unwrap();
    provider.inner.fail(Some(ProviderErrorKind::Unavailable));
    open(&vault.session("a").unwrap(), &seal(&session).unwrap()).unwrap();
    assert_eq!(vault.session("b").unwrap_err().code(), "keys.provider");
}

/// Sealing and opening while keys come and go: a right answer or an honest error, nothing else.
#[test]
fn keys_that_come_and_go_give_no_wrong_value() {
    let clock = TestClock::new();
    let vault = TestVault::new().clock(clock.clone()).build();
    let blocking = vault.blocking();
    let session = blocking.session("a").unwrap();
    let sealed = seal(&session).unwrap();
    let honest = ["keys.revoked", "keys.expired"];
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let work = || {
            let mut done = 0u32;
            while !stop.load(Ordering::Relaxed) {
                match seal(&session) {
                    Ok(again) => done += u32::from(opens(&session, &again, honest)),
                    Err(error) => assert!(honest.contains(&error.code()), "{error}"),
                }
                opens(&session, &sealed, honest);
            }
            done
        };
        let workers = [scope.spawn(work), scope.spawn(work), scope.spawn(work)];
        for round in 0..300 {
            match round % 4 {
                0 => blocking.revoke("a").unwrap(),
                1 => blocking.revoke(FirmId::Platform).unwrap(),
                2 => clock.advance(TTL),
                _ => sweep(&vault),
            }
            blocking.session("a").unwrap();
        }
        stop.store(true, Ordering::Relaxed);
        for worker in workers {
            assert!(worker.join().unwrap() > 0, "no seal and open met a key");
        }
    });
    open(&session, &sealed).unwrap();
}

fn opens(session: &fieldseal::Session, sealed: &SealedNote, honest: [&str; 2]) -> bool {
    let opened = open(session, sealed).map_err(|error| assert!(honest.contains(&error.code()), "{error}"));
    opened.is_ok()
}

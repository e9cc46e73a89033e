//! The key cache under trouble: stampedes, providers that hang, fail or are out of reach, and what of it firms notice.

mod scene;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use fieldseal::FirmId;
use fieldseal::keys::ProviderErrorKind;
use fieldseal::testing::sweep;
use futures_util::future::join_all;

use scene::{Scene, in_a_runtime, seal, until};

#[test]
fn a_stampede_of_ten_thousand_tasks_over_a_thousand_cold_firms_makes_a_thousand_calls() {
    let scene = Scene::warm(1000, |settings| settings.provider.calls_per_second = 100_000);
    in_a_runtime(async {
        let tasks = (0..10_000).map(|task| {
            let vault = scene.vault.clone();
            tokio::spawn(async move { seal(&vault.session(task % 1000).await.unwrap()) })
        });
        for sealed in join_all(tasks).await {
            assert_eq!(sealed.unwrap(), "ok");
        }
    });
    assert_eq!(scene.provider.calls(), 1000);
    let most = scene.provider.most_at_once.load(Ordering::SeqCst);
    assert!((2..=64).contains(&most), "{most} calls at once");
    assert_eq!(scene.vault.key_stats().loads, 1001);
}

#[test]
fn threads_share_loads_with_tasks() {
    let scene = Scene::warm(10, |_| ());
    std::thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| {
                (0..10i64).for_each(|firm| assert_eq!(seal(&scene.vault.blocking().session(firm).unwrap()), "ok"))
            });
        }
        in_a_runtime(async {
            for firm in 0..10i64 {
                assert_eq!(seal(&scene.vault.session(firm).await.unwrap()), "ok");
            }
        });
    });
    assert_eq!(scene.provider.calls(), 10);
}

/// All places taken by calls that hang: who holds keys does not notice, not even past the soft limit.
#[test]
fn a_provider_that_hangs_holds_up_no_warm_firm_and_no_sweep() {
    let scene = Scene::warm(80, |_| ());
    let blocking = scene.vault.blocking();
    let (warm, revoked) = (blocking.session(0i64).unwrap(), blocking.session(1i64).unwrap());
    scene.hang(true);
    in_a_runtime(async {
        let cold: Vec<_> = (2..80i64)
            .map(|firm| {
                let vault = scene.vault.clone();
                tokio::spawn(async move { vault.session(firm).await.map(drop) })
            })
            .collect();
        until(|| scene.provider.at_once.load(Ordering::SeqCst) == 64);
        scene.clock.advance(Duration::from_secs(16 * 60));
        for _ in 0..100 {
            assert_eq!(seal(&scene.vault.session(0i64).await.unwrap()), "ok");
            assert_eq!(seal(&warm), "ok");
        }
        scene.vault.revoke(1i64).await.unwrap();
        assert_eq!(seal(&revoked), "keys.revoked");
        scene.clock.advance(Duration::from_secs(3600));
        sweep(&scene.vault);
        assert_eq!(seal(&warm), "keys.expired");
        scene.hang(false);
        for session in cold {
            session.await.unwrap().unwrap();
        }
    });
}

#[test]
fn calls_that_hang_end_and_free_their_places() {
    let scene = Scene::warm(4, |settings| {
        settings.provider.calls_at_once = 1;
        settings.provider.attempts = 1;
        settings.provider.call_timeout = Duration::from_millis(20);
    });
    scene.hang(true);
    for firm in 0..3 {
        let error = scene.failed(firm);
        assert_eq!((error.code(), error.is_retryable()), ("keys.provider", true));
    }
    assert_eq!(scene.provider.at_once.load(Ordering::SeqCst), 0);
    scene.hang(false);
    scene.vault.blocking().session(3i64).unwrap();
}

#[test]
fn a_load_outlives_the_caller_who_gave_up() {
    let scene = Scene::warm(1, |_| ());
    scene.hang(true);
    in_a_runtime(async {
        let short = tokio::time::timeout(Duration::from_millis(10), scene.vault.session(0i64)).await;
        assert!(short.is_err(), "the caller's own time is over");
        scene.hang(false);
        assert_eq!(seal(&scene.vault.session(0i64).await.unwrap()), "ok");
    });
    assert_eq!(scene.provider.calls(), 1);
}

/// Warm firms work until the hard limit; cold ones fail at once, with an error that says what to do.
#[test]
fn while_the_provider_is_down_warm_firms_work_until_the_hard_limit_and_cold_ones_fail_at_once() {
    let scene = Scene::warm(200, |_| ());
    let blocking = scene.vault.blocking();
    let open = blocking.session(0i64).unwrap();
    assert_eq!(seal(&open), "ok");
    scene.provider.keys.fail(Some(ProviderErrorKind::Unavailable));
    let before = scene.vault.key_stats().calls;
    for firm in 1..200 {
        let error = scene.failed(firm);
        assert_eq!((error.code(), error.is_retryable()), ("keys.provider", true));
        let text = error.to_string();
        assert!(
            text.contains("`steered`") && text.contains(&format!("int:{firm}")) && text.contains("health"),
            "{text}"
        );
    }
    let made = scene.vault.key_stats().calls - before;
    assert_eq!(made, 10, "the breaker is open: nobody waits for timeouts");
    scene.clock.advance(Duration::from_secs(59 * 60));
    assert_eq!((seal(&open), seal(&blocking.session(0i64).unwrap())), ("ok", "ok"));
    until(|| scene.vault.key_stats().stale == 1);
    scene.clock.advance(Duration::from_secs(60));
    assert_eq!(scene.failed(0).code(), "keys.provider");
    assert_eq!(seal(&open), "keys.expired");
    scene.provider.keys.fail(None);
    scene.clock.advance(Duration::from_secs(15));
    blocking.session(0i64).unwrap();
    assert_eq!(seal(&open), "ok", "it is back");
}

/// A long job needs no new session, however long it runs.
#[test]
fn an_open_session_that_is_used_outlives_the_hard_limit() {
    let scene = Scene::warm(2, |_| ());
    let [used, idle] = [0i64, 1].map(|firm| scene.vault.blocking().session(firm).unwrap());
    for _ in 0..12 {
        assert_eq!(seal(&used), "ok");
        scene.clock.advance(Duration::from_secs(15 * 60));
        sweep(&scene.vault);
        until(|| scene.vault.key_stats().under_way == 0);
    }
    assert_eq!((seal(&used), seal(&idle)), ("ok", "keys.expired"));
}

/// The customer disables the KEK of one firm: it stops within the hard limit, and nobody else does.
#[test]
fn a_refused_firm_stops_within_the_hard_limit_and_no_other_does() {
    for kind in [ProviderErrorKind::Disabled, ProviderErrorKind::Denied] {
        let scene = Scene::warm(2, |_| ());
        let [open, another] = [0i64, 1].map(|firm| scene.vault.blocking().session(firm).unwrap());
        *scene.provider.refused.lock().unwrap() = Some((FirmId::from(0i64), kind));
        for _ in 0..12 {
            assert_eq!((seal(&open), seal(&another)), ("ok", "ok"));
            scene.clock.advance(Duration::from_secs(5 * 60));
            sweep(&scene.vault);
            until(|| scene.vault.key_stats().under_way == 0);
        }
        assert_eq!((seal(&open), seal(&another)), ("keys.expired", "ok"));
        let error = scene.failed(0);
        assert_eq!((error.code(), error.is_retryable()), ("keys.provider", false));
        scene.provider.calls();
        scene.failed(0);
        assert_eq!(scene.provider.calls(), 0, "a refusal is remembered for a while");
    }
}

#[test]
fn threads_end_with_their_vault() {
    let scene = Scene::warm(1, |_| ());
    scene.vault.blocking().session(0i64).unwrap();
    let provider = scene.provider.clone();
    let held = Arc::downgrade(&provider.calls);
    drop((scene, provider));
    // Loads and sweeps hold the vault's parts while they run; the provider is one of them.
    until(|| held.strong_count() == 0);
}

/// The task that began the load can't go on while its thread is held up.
#[tokio::test]
async fn a_blocking_call_shares_the_load_that_a_task_of_its_thread_began() {
    let scene = tokio::task::spawn_blocking(|| Scene::warm(1, |_| ())).await.unwrap();
    scene.hang(true);
    let vault = scene.vault.clone();
    let load = tokio::spawn(async move { vault.session(0i64).await.map(drop) });
    let at_once = scene.provider.at_once.clone();
    tokio::task::yield_now().await;
    until(|| at_once.load(Ordering::SeqCst) == 1);
    let hangs = scene.provider.hangs.clone();
    let helper = std::thread::spawn(move || hangs.send_replace(false));
    scene.vault.blocking().session(0i64).unwrap();
    load.await.unwrap().unwrap();
    helper.join().unwrap();
    assert_eq!(scene.provider.calls(), 1);
}

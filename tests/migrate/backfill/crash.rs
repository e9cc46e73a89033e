//! Workers that die, connections that break, key services that fail.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use fieldseal::keys::ProviderErrorKind;

use fieldseal::testing::{TestKeys, TestVault};

use super::*;
use crate::process::{Process, ask, say};

/// In a child: a worker of the job, until it is killed.
pub(crate) fn worker() {
    let url = std::env::var("TEST_URL").unwrap();
    let vault = vault_at(&url, std::env::var("TEST_KEYS").unwrap().as_ref());
    let job = Job::new(&vault, Kind::Seal, Subject::of::<Client>(), Postgres::new(url));
    let tell = |event: &fieldseal::migrate::RunEvent| {
        if let fieldseal::migrate::RunEvent::Range { number, .. } = event {
            say(&format!("range {number}"));
        }
    };
    let options = options().chunk(50).lease(Duration::from_millis(1_000)).telling(tell);
    match wait(job.run(options)) {
        Ok(report) => say(&format!("done {}", report.read)),
        Err(error) => say(error.code()),
    }
    ask();
}

#[test]
fn workers_that_are_killed_leave_nothing_undone_and_nothing_done_twice() {
    wait(async {
        let place = Place::of_clients(20_000).await;
        let (url, keys) = (place.url(), place.directory.path().join("keys"));
        let environment = [("TEST_URL", &*url), ("TEST_KEYS", keys.to_str().unwrap())];
        let start = || Process::start("backfill-worker", &environment);
        for _ in 0..4 {
            let mut child = start();
            while !child.hear().starts_with("range") {}
            let before = place.number("SELECT count(*) FROM clients WHERE email IS NOT NULL").await;
            until(async || place.number("SELECT count(*) FROM clients WHERE email IS NOT NULL").await > before).await;
            child.signal("KILL");
            child.wait();
        }
        assert!(place.unsealed().await > 0, "they were killed in the middle");
        let lease = options().lease(Duration::from_millis(500));
        let report = place.backfill(lease).await.unwrap();
        assert_eq!((report.pass, report.read, report.written, report.left), (1, 20_000, 20_000, 0));
        assert_eq!((place.unsealed().await, place.assert_equal().await), (0, 20_000));
    });
}

#[test]
fn connections_that_break_at_any_moment_are_made_again() {
    wait(async {
        let place = Arc::new(Place::of_clients(20_000).await);
        let stop = Arc::new(AtomicBool::new(false));
        let breaker = tokio::spawn({
            let (place, stop) = (place.clone(), stop.clone());
            async move {
                let conn = place.connect().await;
                let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                           WHERE application_name = 'fieldseal-migrate' AND datname = current_database() AND random() < 0.5";
                let mut broken = 0;
                while !stop.load(Ordering::Relaxed) {
                    broken += conn.query_one(sql, &[]).await.unwrap().get::<_, i64>(0);
                    tokio::time::sleep(Duration::from_millis(40)).await;
                }
                broken
            }
        });
        let report = place.backfill(options().chunk(300).lease(Duration::from_millis(500))).await.unwrap();
        stop.store(true, Ordering::Relaxed);
        assert!(breaker.await.unwrap() > 0);
        assert_eq!((report.read, report.written), (20_000, 20_000));
        assert_eq!((place.unsealed().await, place.assert_equal().await), (0, 20_000));
    });
}

#[test]
fn a_key_service_that_fails_for_a_while_is_waited_for() {
    wait(async {
        let place = Place::of_clients(100).await;
        let keys = TestKeys::new();
        let vault = TestVault::new().keys(keys.clone()).build();
        keys.fail(Some(ProviderErrorKind::Unavailable));
        let job = Job::new(&vault, Kind::Seal, Subject::of::<Client>(), Postgres::new(place.url()));
        let running = tokio::spawn(async move { job.run(options()).await });
        until(async || keys.calls() > 0).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(!running.is_finished());
        let idle = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'fieldseal-migrate' \
                    AND state LIKE 'idle in%' AND datname = current_database()";
        assert_eq!(place.number(idle).await, 0, "no provider is called in a transaction");
        keys.fail(None);
        assert_eq!(running.await.unwrap().unwrap().written, 100);
    });
}

//! A region down: replicas of one multi-Region KEK, warm and cold firms, over and back.

use std::sync::Arc;
use std::time::Duration;

use fieldseal::Vault;
use fieldseal::keys::store::MemoryKeyStore;
use fieldseal::keys::{KekId, ProviderErrorKind, Providers};
use fieldseal::testing::{TestClock, sweep};

use crate::kms::*;

/// Longer than any key lives in a process by default.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Longer than a replica rests that could not be reached.
const MINUTE: Duration = Duration::from_secs(60);

struct World {
    first: Kms,
    second: Kms,
    store: Arc<MemoryKeyStore>,
    clock: TestClock,
    vault: Vault,
}

impl World {
    /// The same key under a name of its own in each of two regions.
    async fn new() -> Self {
        let first = Kms::replica("aws", &[("arn:one:mrk-1", "mrk-1")]);
        let second = Kms::replica("aws", &[("arn:two:mrk-1", "mrk-1")]);
        let (store, clock) = (Arc::new(MemoryKeyStore::new()), TestClock::new());
        let build = |store: Arc<MemoryKeyStore>| {
            let providers = Providers::new(first.clone()).or(second.clone());
            Vault::builder().provider(providers).clock(clock.clone()).shared_store(store).build().unwrap()
        };
        let vault = build(store.clone());
        vault.initialize().await.unwrap();
        vault.create_firm("warm").await.unwrap();
        vault.create_firm("cold").await.unwrap();
        // The process of the test has loaded neither firm.
        let vault = build(store.clone());
        vault.session("warm").await.unwrap();
        Self { first, second, store, clock, vault }
    }

    /// Calls to each region since the last question.
    fn calls(&self) -> impl FnMut() -> (u64, u64) {
        let (first, second) = (self.first.clone(), self.second.clone());
        let mut before = (first.calls(), second.calls());
        move || {
            let now = (first.calls(), second.calls());
            let since = (now.0 - before.0, now.1 - before.1);
            before = now;
            since
        }
    }
}

/// The runbook "region down", step by step.
#[tokio::test]
async fn a_region_goes_down_and_comes_back() {
    let w = World::new().await;
    let cell = seal(&w.vault, "warm").await;
    let mut calls = w.calls();
    w.first.down(ProviderErrorKind::Unavailable);

    // Warm firms ask nobody. The first cold firm finds the region down, the next ones do not ask it.
    open(&w.vault, &cell).await.unwrap();
    assert_eq!(calls(), (0, 0));
    w.vault.session("cold").await.unwrap();
    assert_eq!(calls(), (1, 1));
    w.vault.create_firm("new").await.unwrap();
    assert_eq!(calls(), (0, 2));
    assert_eq!(w.vault.admin().keys("new").await.unwrap().kek.as_str(), "arn:two:mrk-1");

    // A minute later it is asked again, and still down.
    calls();
    w.clock.advance(MINUTE);
    w.vault.revoke("cold").await.unwrap();
    w.vault.session("cold").await.unwrap();
    assert_eq!(calls(), (1, 1));

    // It comes back, and has the calls again, also for what the other region wrapped.
    w.first.down(None);
    w.clock.advance(MINUTE);
    for firm in ["cold", "new"] {
        w.vault.revoke(firm).await.unwrap();
        w.vault.session(firm).await.unwrap();
    }
    assert_eq!(calls(), (2, 0));

    // Nothing is to be moved: it is one KEK.
    let report = w.vault.admin().rewrap_all(1).await.unwrap();
    assert_eq!((report.rewrapped, report.current, report.found.len()), (0, 4, 2));
}

/// Its last step: the region does not come back, and nothing is to name it any more.
#[tokio::test]
async fn a_region_that_is_lost_for_good_is_taken_out() {
    let w = World::new().await;
    let cell = seal(&w.vault, "warm").await;
    w.first.down(ProviderErrorKind::Unavailable);
    let alone = process(w.second.clone(), &w.store);
    assert_eq!(open(&alone, &cell).await.unwrap_err().code(), "keys.foreign_kek");
    let both = Providers::new(w.second.clone()).or(w.first.clone());
    let moving = Providers::new(w.second.clone()).moving_from(both, [KekId::new("arn:one:mrk-1")]);
    let calls = w.first.calls();
    let report = process(moving, &w.store).admin().rewrap_all(1).await.unwrap();
    assert_eq!((report.rewrapped, report.failed.len(), w.first.calls()), (3, 0, calls));
    open(&alone, &cell).await.unwrap();
}

#[tokio::test]
async fn both_regions_down_leave_warm_firms_until_the_hard_ttl() {
    let w = World::new().await;
    let cell = seal(&w.vault, "warm").await;
    let session = w.vault.session("warm").await.unwrap();
    w.first.down(ProviderErrorKind::Unavailable);
    w.second.down(ProviderErrorKind::Throttled);
    opened(&session, &cell).unwrap();
    let error = w.vault.session("cold").await.unwrap_err();
    assert_eq!(failure(&error), Some(ProviderErrorKind::Throttled), "{error}");
    assert!(error.is_retryable() && error.to_string().contains("text:cold"), "{error}");
    w.clock.advance(DAY);
    sweep(&w.vault);
    assert!(opened(&session, &cell).is_err());
    // Everything is resting; the next call asks all the same.
    w.second.down(None);
    w.vault.session("cold").await.unwrap();
}

/// A refusal is an answer. Another region that has not heard of it yet is not asked for an exception.
#[tokio::test]
async fn a_refusal_is_not_taken_elsewhere() {
    use ProviderErrorKind::*;
    for refusal in [Denied, NotFound, Disabled, Unauthentic, Internal] {
        let w = World::new().await;
        w.first.down(refusal);
        let mut calls = w.calls();
        let error = w.vault.session("cold").await.unwrap_err();
        assert_eq!((failure(&error), calls()), (Some(refusal), (1, 0)));
    }
}

#[tokio::test]
async fn throttling_is_taken_elsewhere() {
    let w = World::new().await;
    w.first.down(ProviderErrorKind::Throttled);
    let mut calls = w.calls();
    w.vault.session("cold").await.unwrap();
    assert_eq!(calls(), (1, 1));
}

/// After the KEK was rotated in every region, its versions stand in one order everywhere.
#[tokio::test]
async fn an_older_kek_is_found_by_its_place_in_the_list() {
    let w = World::new().await;
    let first = Kms::replica("aws", &[("arn:one:mrk-2", "mrk-2"), ("arn:one:mrk-1", "mrk-1")]);
    let second = Kms::replica("aws", &[("arn:two:mrk-2", "mrk-2"), ("arn:two:mrk-1", "mrk-1")]);
    first.down(ProviderErrorKind::Unavailable);
    let vault = process(Providers::new(first).or(second), &w.store);
    vault.session("cold").await.unwrap();
    let report = vault.admin().rewrap_all(1).await.unwrap();
    assert_eq!((report.rewrapped, report.failed.len()), (3, 0));
    assert_eq!(vault.admin().keys("cold").await.unwrap().kek.as_str(), "arn:two:mrk-2");
}

#[test]
fn replicas_that_are_not_alike_do_not_build() {
    let one = || Providers::new(Kms::new("aws", &["one"]));
    for odd in [Kms::new("vault", &["one"]), Kms::new("aws", &["one", "two"])] {
        for providers in [one().or(odd.clone()), one().moving_from(one().or(odd), [])] {
            let built = Vault::builder().provider(providers).store(MemoryKeyStore::new()).build();
            assert_eq!(built.unwrap_err().code(), "build.replicas");
        }
    }
    let none = Vault::builder().provider(one().or(Kms::new("aws", &[]))).store(MemoryKeyStore::new()).build();
    assert_eq!(none.unwrap_err().code(), "build.no_kek");
}

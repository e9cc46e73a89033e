//! Firm master keys move from KEK to KEK: within a provider, between providers and accounts, and past whoever writes the store.

mod attacks;
pub(crate) mod crash;
mod rows;

use std::sync::{Arc, Mutex};

use fieldseal::admin::Step;
use fieldseal::danger::shred_firm;
use fieldseal::keys::store::MemoryKeyStore;
use fieldseal::keys::{KekId, ProviderErrorKind, Providers};
use fieldseal::{FirmId, Vault};

use crate::kms::*;

/// A store with the platform and firms `a`, `b`, `c`, all under the KEK `one`.
async fn world(kms: &Kms) -> (Arc<MemoryKeyStore>, Vault) {
    let store = Arc::new(MemoryKeyStore::new());
    let vault = process(kms.clone(), &store);
    vault.initialize().await.unwrap();
    for firm in ["a", "b", "c"] {
        vault.create_firm(firm).await.unwrap();
    }
    (store, vault)
}

fn records(store: &MemoryKeyStore) -> Vec<fieldseal::keys::FirmRecord> {
    ["a", "b", "c"].into_iter().map(|firm| stored(store, &firm.into())).collect()
}

#[tokio::test]
async fn a_newer_kek_of_the_provider_takes_the_master_key_over() {
    let (store, before) = world(&Kms::new("aws", &["one"])).await;
    let (cell, warm) = (seal(&before, "a").await, before.session("a").await.unwrap());
    let admin = process(Kms::new("aws", &["two", "one"]), &store).admin();
    let (from, to) = admin.rewrap("a").await.unwrap().unwrap();
    assert_eq!(
        (from.to_string(), to.to_string()),
        ("`one` of provider `aws`".into(), "`two` of provider `aws`".into())
    );
    assert!(admin.rewrap("a").await.unwrap().is_none(), "it lies there already");
    let keys = admin.keys("a").await.unwrap();
    assert_eq!((keys.generation, keys.master_version, keys.kek.as_str()), (2, 1, "two"));
    opened(&warm, &cell).unwrap();
    admin.rewrap(FirmId::Platform).await.unwrap().unwrap();
    let after = process(Kms::new("aws", &["two"]), &store);
    open(&after, &cell).await.unwrap();
}

#[tokio::test]
async fn a_provider_or_account_is_changed_while_both_are_configured() {
    let (old, new) = (Kms::new("aws", &["one"]), Kms::new("vault", &["transit"]));
    let (store, before) = world(&old).await;
    let cell = seal(&before, "a").await;
    let error = open(&process(new.clone(), &store), &cell).await.unwrap_err();
    assert_eq!(error.code(), "keys.foreign_kek");
    let moving = process(Providers::new(new.clone()).moving_from(old.clone(), [KekId::new("one")]), &store);
    open(&moving, &cell).await.unwrap();
    moving.create_firm("d").await.unwrap();
    assert_eq!(moving.admin().keys("d").await.unwrap().provider, "vault");
    let report = moving.admin().rewrap_all(4).await.unwrap();
    assert_eq!((report.rewrapped, report.current, report.failed.len()), (4, 1, 0));
    let calls = old.calls();
    open(&process(new, &store), &cell).await.unwrap();
    assert_eq!(old.calls(), calls);
}

#[tokio::test]
async fn the_dry_run_counts_by_kek_and_changes_nothing() {
    let kms = Kms::new("aws", &["one"]);
    let (store, _) = world(&kms).await;
    let admin = process(Kms::new("aws", &["two", "one"]), &store).admin();
    admin.rewrap("b").await.unwrap();
    let before = records(&store);
    let calls = kms.calls();
    let plan = admin.clone().dry_run().rewrap_all(4).await.unwrap();
    let found: Vec<_> = plan.found.iter().map(|(kek, firms)| (kek.kek.as_str(), *firms)).collect();
    assert_eq!((found, plan.rewrapped, plan.current), (vec![("one", 3), ("two", 1)], 3, 1));
    assert!(admin.clone().dry_run().rewrap("a").await.unwrap().is_some(), "it would");
    assert_eq!((records(&store), kms.calls()), (before, calls));
    let done = admin.rewrap_all(4).await.unwrap();
    assert_eq!((done.found, done.rewrapped, done.current), (plan.found, 3, 1));
    let again = admin.rewrap_all(4).await.unwrap();
    assert_eq!((again.rewrapped, again.current), (0, 4));
}

#[tokio::test]
async fn firms_that_cannot_be_moved_hold_up_no_other_and_are_moved_later() {
    let old = Kms::new("aws", &["one"]);
    let (store, vault) = world(&old).await;
    shred_firm(&vault, "c").await.unwrap();
    let customer = Kms::new("customer", &["theirs"]);
    let new = Kms::new("aws", &["two", "one"]);
    let own = Providers::new(customer.clone()).moving_from(old.clone(), [KekId::new("one")]);
    let build = Vault::builder().provider(new).firm_provider("a", own).shared_store(store.clone());
    let admin = build.build().unwrap().admin();
    customer.refuse("theirs", ProviderErrorKind::Disabled);
    let report = admin.rewrap_all(1).await.unwrap();
    assert_eq!((report.rewrapped, report.shredded), (2, 1));
    let [(firm, error)] = &report.failed[..] else { panic!("{report:?}") };
    assert_eq!((firm.to_string().as_str(), failure(error)), ("text:a", Some(ProviderErrorKind::Disabled)));
    customer.refuse("theirs", None);
    let report = admin.rewrap_all(1).await.unwrap();
    assert_eq!((report.rewrapped, report.current, report.failed.len()), (1, 2, 0));
}

#[tokio::test]
async fn a_kek_that_only_encrypts_is_refused_before_anything_is_written() {
    let (store, _) = world(&Kms::new("aws", &["one"])).await;
    let before = records(&store);
    let kms = Kms::new("aws", &["two", "one"]);
    kms.encrypt_only("two");
    let admin = process(kms, &store).admin();
    for admin in [admin.clone(), admin.clone().dry_run()] {
        let error = admin.rewrap("a").await.unwrap_err();
        assert_eq!(failure(&error), Some(ProviderErrorKind::Denied), "{error}");
    }
    let error = admin.rotate_master("a").await.unwrap_err();
    assert_eq!(failure(&error), Some(ProviderErrorKind::Denied), "{error}");
    assert_eq!(records(&store), before);
}

#[tokio::test]
async fn every_step_is_told() {
    let (store, _) = world(&Kms::new("aws", &["one"])).await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let lines = told.clone();
    let tell = move |progress: &fieldseal::admin::Progress| {
        if let Step::Rewrap { .. } | Step::RotateMaster { .. } | Step::Firms { .. } = progress.step {
            lines.lock().unwrap().push(progress.to_string());
        }
    };
    let admin = process(Kms::new("aws", &["two", "one"]), &store).admin().telling(tell);
    admin.clone().dry_run().rewrap("a").await.unwrap();
    admin.rewrap("a").await.unwrap();
    admin.rewrap_all(1).await.unwrap();
    admin.rotate_master("a").await.unwrap();
    let moved = "put the master key under KEK `two` of provider `aws`, from KEK `one` of provider `aws`";
    let expected = [
        format!("firm text:a: would {moved}"),
        format!("firm text:a: {moved}"),
        format!("firm platform: {moved}"),
        format!("firm text:b: {moved}"),
        format!("firm text:c: {moved}"),
        "firms so far: 4".to_owned(),
        "firm text:a: put master key 2 in the place of master key 1".to_owned(),
    ];
    assert_eq!(*told.lock().unwrap(), expected);
}

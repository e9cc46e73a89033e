//! The platform's master key: its word for every firm is given anew at once, and other processes follow.

use fieldseal::danger::shred_firm;
use fieldseal::keys::store::{KeyStore, SqliteKeyStore};
use fieldseal::keys::{RecordContent, Tampering};
use fieldseal::{FirmId, KeyError};

use super::*;
use crate::support;

#[tokio::test]
async fn every_firm_is_vouched_for_anew_and_every_process_follows() {
    let (store, vault) = world().await;
    shred_firm(&vault, "b").await.unwrap();
    let (cell, session, other) = (seal(&vault, "a").await, vault.session("a").await.unwrap(), another(&store));
    let platform = other.platform().await.unwrap();
    let rotated = vault.admin().rotate_master(FirmId::Platform).await.unwrap();
    assert_eq!((rotated.from, rotated.to, rotated.vouched, rotated.unvouched.len()), (1, 2, 2, 0));

    opened(&session, &cell).unwrap();

    // This process, one that holds the platform of before, and one that holds nothing.
    for vault in [&vault, &other, &another(&store)] {
        vault.revoke("a").await.unwrap();
        while let Err(error) = open(vault, &cell).await {
            assert_eq!(error.code(), "keys.revoked", "by one of the other processes, of which each revokes once");
        }
        assert_eq!(vault.session("b").await.unwrap_err().code(), "keys.shredded");
        assert_eq!(vault.create_firm("b").await.unwrap_err().code(), "keys.shredded");
    }
    assert_eq!(platform.firm(), &FirmId::Platform);
}

/// A process that holds the platform of before makes no firm that the others refuse.
#[tokio::test]
async fn what_a_process_that_lags_behind_writes_is_vouched_for_by_the_platform_of_now() {
    let (store, vault) = world().await;
    let lagging = another(&store);
    lagging.session("a").await.unwrap();
    lagging.create_firm("c").await.unwrap();
    for change in 0..6 {
        vault.admin().rotate_master(FirmId::Platform).await.unwrap();
        match change {
            0 => drop(lagging.create_firm("d").await.unwrap()),
            1 => drop(lagging.admin().rotate_master("a").await.unwrap()),
            2 => shred_firm(&lagging, "b").await.unwrap(),
            3 => assert_eq!(lagging.create_firm("b").await.unwrap_err().code(), "keys.shredded"),
            4 => assert_eq!(shred_firm(&lagging, "b").await.unwrap_err().code(), "keys.shredded"),
            _ => drop(process(Kms::new("aws", &["two", "one"]), &store).admin().rewrap("c").await.unwrap()),
        }
    }
    let cold = process(Kms::new("aws", &["one", "two"]), &store);
    for firm in ["a", "c", "d"] {
        cold.session(firm).await.unwrap();
    }
    assert_eq!(cold.session("b").await.unwrap_err().code(), "keys.shredded");
}

#[tokio::test]
async fn the_dry_run_changes_nothing() {
    let (store, vault) = world().await;
    let all = || ["platform", "text:a", "text:b"].map(|firm| stored(&store, &firm.parse().unwrap()));
    let before = all();
    let dry = vault.admin().dry_run().rotate_master(FirmId::Platform).await.unwrap();
    assert_eq!((dry.to, dry.vouched, all() == before), (2, 2, true));
}

/// An endorsement under the platform's key of before, which somebody may have.
#[tokio::test]
async fn the_word_of_the_platform_of_before_is_worth_nothing() {
    let (store, vault) = world().await;
    let (before, warm) = (stored(&store, &"a".into()), another(&store));
    warm.session("b").await.unwrap();
    vault.admin().rotate_master(FirmId::Platform).await.unwrap();
    // What it held of the platform is over once it has met anything newer.
    warm.revoke("b").await.unwrap();
    warm.session("b").await.unwrap();
    put_back(&store, &before);
    for vault in [another(&store), warm] {
        let error = vault.session("a").await.unwrap_err();
        assert!(matches!(error, KeyError::Tampered { what: Tampering::NotEndorsed, .. }), "{error}");
    }
}

/// A forged record is not vouched for because others are.
#[tokio::test]
async fn a_record_that_the_platform_did_not_vouch_for_stays_so_and_is_named() {
    let (store, vault) = world().await;
    shred_firm(&vault, "b").await.unwrap();
    plant(&store, "a", |keys| keys.master.endorsement[0] ^= 1);
    let mut stone = stored(&store, &"b".into());
    let RecordContent::Tombstone(bytes) = &mut stone.content else { panic!("it was shredded") };
    *bytes.last_mut().unwrap() ^= 1;
    put_back(&store, &stone);
    let rotated = vault.admin().rotate_master(FirmId::Platform).await.unwrap();
    let unvouched: Vec<_> = rotated.unvouched.iter().map(FirmId::to_string).collect();
    assert_eq!((unvouched, rotated.vouched), (vec!["text:a".to_owned(), "text:b".to_owned()], 0));
    for firm in ["a", "b"] {
        assert_eq!(another(&store).session(firm).await.unwrap_err().code(), "keys.tampered");
    }
}

/// More firms than one statement takes, live and shredded.
async fn in_a_database(store: impl KeyStore) {
    let store: Arc<dyn KeyStore> = Arc::new(store);
    let build = || Vault::builder().provider(Kms::new("aws", &["one"])).shared_store(store.clone()).build().unwrap();
    let (vault, lagging) = (build(), build());
    vault.initialize().await.unwrap();
    for n in 0..650i64 {
        vault.create_firm(n).await.unwrap();
    }
    for n in [3i64, 500] {
        shred_firm(&vault, n).await.unwrap();
    }
    lagging.session(0i64).await.unwrap();
    let rotated = vault.admin().rotate_master(FirmId::Platform).await.unwrap();
    assert_eq!((rotated.vouched, rotated.unvouched.len()), (650, 0));
    lagging.create_firm(1000i64).await.unwrap();
    shred_firm(&lagging, 4i64).await.unwrap();
    let cold = build();
    for n in (0..650).chain([1000i64]) {
        let code = cold.session(n).await.map_or_else(|error| error.code(), |_| "ok");
        assert_eq!(code, if [3, 4, 500].contains(&n) { "keys.shredded" } else { "ok" }, "firm {n}");
    }
    // What was read before another change is not written.
    let (stale, before) = (build(), store.load(&[FirmId::Platform]).await.unwrap().remove(0).unwrap());
    stale.admin().rotate_master(FirmId::Platform).await.unwrap();
    assert!(!store.replace_platform(before.generation, None, &before, &[]).await.unwrap());
    assert!(!store.replace_under(before.generation, Some(1), &before).await.unwrap());
}

#[tokio::test]
async fn on_sqlite() {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteKeyStore::open(directory.path().join("keys.db")).unwrap();
    store.migrate().await.unwrap();
    in_a_database(store).await;
}

#[tokio::test]
async fn on_postgres() {
    let database = support::postgres::server().database("platform");
    let store = fieldseal::keys::store::PgKeyStore::new(database.url());
    store.migrate().await.unwrap();
    in_a_database(store).await;
}

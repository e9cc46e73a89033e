//! Records whose master key does not follow from the one that a process knows. They are made by a history that branched
//! off from a copy of the store: every part of them is authentic.

use fieldseal::KeyError;
use fieldseal::keys::Tampering;

use super::*;

/// Somebody who has the master key of before, and so can go on from an old copy of the store.
#[tokio::test]
async fn a_later_record_under_an_older_master_key_is_refused() {
    let (store, vault) = world().await;
    let before = stored(&store, &"a".into());
    vault.admin().rotate_master("a").await.unwrap();
    put_back(&store, &before);
    process(Kms::new("aws", &["two", "one"]), &store).admin().rewrap("a").await.unwrap();
    let both = process(Kms::new("aws", &["one", "two"]), &store).admin();
    both.rewrap("a").await.unwrap();
    assert_eq!(both.keys("a").await.unwrap().generation, 3);
    vault.revoke("a").await.unwrap();
    let error = vault.session("a").await.unwrap_err();
    let older = matches!(error, KeyError::Tampered { what: Tampering::MasterRolledBack { found: 1, seen: 2 }, .. });
    assert!(older, "{error}");
    assert_eq!(vault.admin().rotate_master("a").await.unwrap_err().code(), "keys.tampered");
}

/// KEY-12: whoever holds a master key takes over only the one that it vouches for.
#[tokio::test]
async fn a_successor_that_the_held_key_does_not_vouch_for_is_refused() {
    let (store, vault) = world().await;
    let before = stored(&store, &"a".into());
    vault.admin().rotate_master("a").await.unwrap();
    let session = vault.session("a").await.unwrap();
    put_back(&store, &before);
    let branched = another(&store).admin();
    for version in [2, 3] {
        assert_eq!(branched.rotate_master("a").await.unwrap().to, version);
    }
    // The platform vouches for it, so who has seen nothing can't tell.
    another(&store).session("a").await.unwrap();
    let error = vault.admin().keys("a").await.unwrap_err();
    assert!(matches!(error, KeyError::Tampered { what: Tampering::OtherMaster { version: 3 }, .. }), "{error}");

    // It has dropped the key by which it told, and is not talked round by the one after.
    vault.revoke("a").await.unwrap();
    assert_eq!(branched.rotate_master("a").await.unwrap().to, 4);
    let error = vault.session("a").await.unwrap_err();
    assert!(matches!(error, KeyError::Tampered { what: Tampering::OtherMaster { version: 4 }, .. }), "{error}");
    drop(session);
}

/// The same version, and another key.
#[tokio::test]
async fn another_key_of_the_number_that_was_seen_is_refused() {
    let (store, vault) = world().await;
    let before = stored(&store, &"a".into());
    vault.admin().rotate_master("a").await.unwrap();
    put_back(&store, &before);
    another(&store).admin().rotate_master("a").await.unwrap();
    // The generations go on, and the KEK is again one that the process knows.
    for keks in [["two", "one"], ["one", "two"]] {
        process(Kms::new("aws", &keks), &store).admin().rewrap("a").await.unwrap().unwrap();
    }
    vault.revoke("a").await.unwrap();
    let error = vault.session("a").await.unwrap_err();
    assert!(matches!(error, KeyError::Tampered { what: Tampering::OtherMaster { version: 2 }, .. }), "{error}");
}

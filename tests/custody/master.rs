//! Firm master keys give way to their successors; the platform's vouches for all.

mod forks;
mod platform;
mod race;

use std::sync::Arc;

use fieldseal::Vault;
use fieldseal::keys::store::MemoryKeyStore;

use crate::kms::*;

/// A store with the platform and firms `a` and `b`.
async fn world() -> (Arc<MemoryKeyStore>, Vault) {
    let store = Arc::new(MemoryKeyStore::new());
    let vault = another(&store);
    vault.initialize().await.unwrap();
    for firm in ["a", "b"] {
        vault.create_firm(firm).await.unwrap();
    }
    (store, vault)
}

fn another(store: &Arc<MemoryKeyStore>) -> Vault {
    process(Kms::new("aws", &["one"]), store)
}

#[tokio::test]
async fn a_firm_gets_a_fresh_master_key_over_the_same_keys() {
    let (store, vault) = world().await;
    let (cell, session, other) = (seal(&vault, "a").await, vault.session("a").await.unwrap(), another(&store));
    open(&other, &cell).await.unwrap();
    let before = stored(&store, &"a".into());
    let dry = vault.admin().dry_run().rotate_master("a").await.unwrap();
    assert_eq!((dry.from, dry.to, stored(&store, &"a".into())), (1, 2, before.clone()));
    let rotated = vault.admin().rotate_master("a").await.unwrap();
    assert_eq!((rotated.from, rotated.to), (1, 2));
    let keys = vault.admin().keys("a").await.unwrap();
    assert_eq!((keys.master_version, keys.generation, keys.versions.len()), (2, 2, 2));
    opened(&session, &cell).unwrap();

    // Every key is wrapped anew; who holds the key before takes the next one over, and who holds none does too.
    let (mut before, mut after) = (before, stored(&store, &"a".into()));
    let pairs = keys_of(&mut before).versions.iter().zip(&keys_of(&mut after).versions);
    assert!(
        pairs.into_iter().all(|(before, after)| before.version == after.version && before.wrapped != after.wrapped)
    );
    other.revoke("a").await.unwrap();
    open(&other, &cell).await.unwrap();
    open(&another(&store), &seal(&other, "a").await).await.unwrap();
    assert_eq!(vault.admin().rotate_master("a").await.unwrap().to, 3);
    open(&another(&store), &cell).await.unwrap();
}

#[tokio::test]
async fn the_wrapped_master_key_of_before_does_not_come_back() {
    let (store, vault) = world().await;
    let mut before = stored(&store, &"a".into());
    vault.admin().rotate_master("a").await.unwrap();
    plant(&store, "a", |keys| keys.master = keys_of(&mut before).master.clone());
    let error = another(&store).session("a").await.unwrap_err();
    assert_eq!(error.code(), "keys.tampered", "{error}");
}

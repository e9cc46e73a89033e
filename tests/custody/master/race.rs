//! Processes that make and change firms while the platform's master key is changed, on connections of their own.

use fieldseal::keys::store::{KeyStore, PgKeyStore};
use fieldseal::{FirmId, KeyError};

use super::*;
use crate::support;

/// Repeats what others' changes held up.
async fn insist<T, F: Future<Output = Result<T, KeyError>>>(attempt: impl Fn() -> F) -> T {
    loop {
        match attempt().await {
            Err(KeyError::Contended { .. }) => tokio::task::yield_now().await,
            done => return done.unwrap(),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_firm_is_left_without_the_platforms_word() {
    let database = support::postgres::server().database("race");
    PgKeyStore::new(database.url()).migrate().await.unwrap();
    let build = || {
        let store: Arc<dyn KeyStore> = Arc::new(PgKeyStore::new(database.url()));
        Vault::builder().provider(Kms::new("aws", &["one"])).shared_store(store).build().unwrap()
    };
    let vault = build();
    vault.initialize().await.unwrap();
    let maker = |maker: i64| {
        let vault = build();
        let admin = vault.admin();
        tokio::spawn(async move {
            for firm in maker * 100..maker * 100 + 20 {
                insist(|| vault.create_firm(firm)).await;
                insist(|| admin.rotate_master(firm)).await;
            }
        })
    };
    let makers: Vec<_> = (0..3).map(maker).collect();
    while !makers.iter().all(tokio::task::JoinHandle::is_finished) {
        let rotated = vault.admin().rotate_master(FirmId::Platform).await;
        assert!(
            rotated.as_ref().is_ok_and(|done| done.unvouched.is_empty()) || rotated.is_err_and(|e| e.is_retryable())
        );
    }
    for maker in makers {
        maker.await.unwrap();
    }
    let cold = build();
    for firm in (0..3i64).flat_map(|maker| maker * 100..maker * 100 + 20) {
        assert_eq!(cold.admin().keys(firm).await.unwrap().master_version, 2);
    }
}

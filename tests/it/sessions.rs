//! Vaults and sessions: rows of many firms, services without tokio, what types promise, what does not build.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use fieldseal::keys::store::{MemoryKeyStore, SqliteKeyStore};
use fieldseal::keys::{
    BoxFuture, EncryptionContext, FirmMasterKey, KekId, KeyProvider, ProviderError, ProviderErrorKind, WrappedMasterKey,
};
use fieldseal::testing::TestKeys;
use fieldseal::{
    BlockingVault, BuildError, Error, FirmId, GlobalIndex, KeyError, OpenManyError, Session, Vault, VaultBuilder,
};

use crate::keys::tools::*;

/// A provider that needs a runtime.
#[derive(Default)]
struct Timed(TestKeys);

impl KeyProvider for Timed {
    fn id(&self) -> &str {
        self.0.id()
    }

    fn keks(&self) -> &[KekId] {
        self.0.keks()
    }

    fn wrap<'a>(
        &'a self,
        context: &'a EncryptionContext,
        key: &'a FirmMasterKey,
    ) -> BoxFuture<'a, Result<WrappedMasterKey, ProviderError>> {
        self.0.wrap(context, key)
    }

    fn unwrap<'a>(
        &'a self,
        context: &'a EncryptionContext,
        wrapped: &'a WrappedMasterKey,
    ) -> BoxFuture<'a, Result<FirmMasterKey, ProviderError>> {
        Box::pin(async move {
            tokio::time::sleep(std::time::Duration::from_nanos(1)).await;
            self.0.unwrap(context, wrapped).await
        })
    }
}

const FIRMS: [&str; 5] = ["a", "b", "c", "d", "e"];

/// A process that has used nothing yet, and rows of five firms, two of each.
fn rows_of_many_firms() -> (Vault, Steered, Vec<SealedNote>) {
    let (provider, store) = (Steered::default(), Arc::new(MemoryKeyStore::new()));
    let other = eager_process(provider.clone(), store.clone()).blocking();
    other.initialize().unwrap();
    let row = |firm: &&str| seal(&other.session(*firm).unwrap()).unwrap();
    let rows = FIRMS.iter().chain(&FIRMS).map(row).collect();
    provider.unwraps.store(0, Ordering::SeqCst);
    (process(provider.clone(), store), provider, rows)
}

#[tokio::test]
async fn firms_are_loaded_once_and_at_the_same_time() {
    let (vault, provider, rows) = tokio::task::spawn_blocking(rows_of_many_firms).await.unwrap();
    vault.platform().await.unwrap();
    provider.gate.close();
    let opened = tokio::spawn({
        let vault = vault.clone();
        async move { vault.open(rows).await }
    });
    provider.gate.arrived(FIRMS.len()).await;
    provider.gate.open();
    let opened = opened.await.unwrap().unwrap();
    let expected: Vec<_> = FIRMS.iter().chain(&FIRMS).map(|firm| note(firm)).collect();
    assert_eq!(opened, expected);
    assert_eq!(provider.unwraps(), 1 + FIRMS.len() as u64);
}

#[tokio::test]
async fn a_firm_that_fails_is_named_and_nothing_is_left_out() {
    let (vault, provider, mut rows) = tokio::task::spawn_blocking(rows_of_many_firms).await.unwrap();
    rows[3].firm = "nobody".into();
    let error = vault.open(rows.clone()).await.unwrap_err();
    assert_eq!((error.code(), error.is_retryable()), ("keys.unknown_firm", false));
    assert!(error.to_string().contains("text:nobody"), "{error}");
    assert_eq!(Error::from(error).code(), "keys.unknown_firm");

    rows[3].firm = "e".into();
    let error = vault.open(rows.clone()).await.unwrap_err();
    assert!(matches!(error, OpenManyError::Open(_)), "{error}");
    assert_eq!((error.code(), error.is_retryable()), ("open.unauthentic", false));

    rows.remove(3);
    vault.revoke("b").await.unwrap();
    provider.inner.fail(Some(ProviderErrorKind::Throttled));
    let error = vault.open(rows).await.unwrap_err();
    assert_eq!((error.code(), error.is_retryable()), ("keys.provider", true));
    assert!(error.to_string().contains("text:b"), "{error}");
}

#[tokio::test]
async fn no_rows_need_no_keys() {
    let (vault, provider, _) = tokio::task::spawn_blocking(rows_of_many_firms).await.unwrap();
    assert!(vault.open(Vec::<SealedNote>::new()).await.unwrap().is_empty());
    assert_eq!(provider.unwraps(), 0);
}

#[test]
fn a_service_without_tokio() {
    let store = Arc::new(MemoryKeyStore::new());
    let vault: BlockingVault = process(TestKeys::new(), store).blocking();
    vault.initialize().unwrap();
    vault.create_firm("a").unwrap();
    let session = vault.session("a").unwrap();
    let sealed = seal(&session).unwrap();
    assert_eq!(vault.open(vec![sealed.clone()]).unwrap(), [note("a")]);
    assert_eq!(vault.platform().unwrap().firm(), &FirmId::Platform);
    vault.global_index().unwrap();
    vault.revoke("a").unwrap();
    assert_eq!(open(&session, &sealed).unwrap_err().code(), "keys.revoked");
}

#[test]
fn clones_are_one_vault() {
    let vault = fieldseal::testing::vault();
    let session = vault.clone().blocking().session("a").unwrap();
    let clone = session.clone();
    seal(&clone).unwrap();
    vault.blocking().revoke("a").unwrap();
    assert_eq!(seal(&clone).unwrap_err().code(), "keys.revoked");
    assert_eq!(seal(&session).unwrap_err().code(), "keys.revoked");
}

#[test]
fn a_session_serves_its_own_firm_only() {
    let vault = fieldseal::testing::vault().blocking();
    let [a, b] = ["a", "b"].map(|firm| vault.session(firm).unwrap());
    assert_eq!(a.seal(&note("b")).unwrap_err().code(), "seal.wrong_firm");
    let mut sealed = seal(&a).unwrap();
    assert_eq!(open(&b, &sealed).unwrap_err().code(), "open.wrong_firm");
    seal(&b).unwrap();
    sealed.firm = "b".into();
    assert_eq!(open(&b, &sealed).unwrap_err().code(), "open.unauthentic");
}

#[test]
fn vaults_and_sessions_go_anywhere() {
    fn anywhere<T: Clone + Send + Sync + 'static>() {}
    fn sent<T: Send>(_: T) {}
    anywhere::<Vault>();
    anywhere::<BlockingVault>();
    anywhere::<Session>();
    anywhere::<GlobalIndex>();
    anywhere::<KeyError>();
    let vault = fieldseal::testing::vault();
    sent(vault.session("a"));
    sent(vault.create_firm("a"));
    sent(vault.initialize());
    sent(vault.global_index());
    sent(vault.open(Vec::<SealedNote>::new()));
    sent(fieldseal::danger::shred_firm(&vault, "a"));
}

#[test]
fn debug_shows_names_only() {
    let vault = fieldseal::testing::vault();
    let session = vault.blocking().session("a").unwrap();
    seal(&session).unwrap();
    let shown = [
        format!("{vault:?}"),
        format!("{:?}", vault.blocking()),
        format!("{session:?}"),
        format!("{:?}", vault.blocking().global_index().unwrap()),
    ];
    let expected =
        ["Vault", "BlockingVault(Vault)", "Session { cells: CellKeys(text:a) }", "GlobalIndex"].map(str::to_owned);
    assert_eq!(shown, expected);
}

#[test]
fn what_does_not_build() {
    fn refused(builder: VaultBuilder) -> BuildError {
        builder.build().unwrap_err()
    }
    let directory = tempfile::tempdir().unwrap();
    crate::support::sqlite::watch();
    let file = SqliteKeyStore::open(directory.path().join("keys.db")).unwrap();
    assert_eq!(refused(Vault::builder()), BuildError::NoProvider);
    assert_eq!(refused(Vault::builder().store(MemoryKeyStore::new())), BuildError::NoProvider);
    assert_eq!(refused(Vault::builder().provider(TestKeys::new())), BuildError::NoStore);
    assert_eq!(refused(Vault::builder().provider(TestKeys::new()).store(file)), BuildError::TestKeys);
    let no_kek = Steered { keks: Vec::<KekId>::new(), ..Steered::default() };
    let no_kek = refused(Vault::builder().provider(no_kek).store(MemoryKeyStore::new()));
    assert_eq!(no_kek, BuildError::NoKek { provider: "steered".into() });
    let codes =
        [BuildError::NoProvider, BuildError::NoStore, BuildError::TestKeys, no_kek].map(|e| Error::from(e).code());
    assert_eq!(codes, ["build.no_provider", "build.no_store", "build.test_keys", "build.no_kek"]);
}

/// A load of the firm is in flight in a task of the very thread that the blocking call holds up.
#[tokio::test]
async fn a_blocking_call_in_a_runtime_waits_for_no_load_of_its_own_thread() {
    let (vault, provider, rows) = tokio::task::spawn_blocking(rows_of_many_firms).await.unwrap();
    vault.platform().await.unwrap();
    provider.gate.close();
    let load = tokio::spawn({
        let vault = vault.clone();
        async move { vault.session("a").await.map(drop) }
    });
    provider.gate.arrived(1).await;
    let helper = std::thread::spawn({
        let gate = provider.gate.clone();
        move || {
            pollster::block_on(gate.arrived(2));
            gate.open();
        }
    });
    vault.blocking().session("a").unwrap();
    load.await.unwrap().unwrap();
    helper.join().unwrap();
    assert_eq!(vault.blocking().open(rows).unwrap().len(), 2 * FIRMS.len());
}

/// Timers and sockets of the blocked runtime would rest: a provider that needs them gets a runtime of its own.
#[tokio::test]
async fn a_blocking_call_in_a_runtime_gets_io_of_its_own() {
    let (provider, store) = (Timed::default(), Arc::new(MemoryKeyStore::new()));
    let vault = process(provider, store).blocking();
    vault.initialize().unwrap();
    vault.platform().unwrap();
}

#[tokio::test]
async fn a_testing_vault_is_made_in_a_runtime_too() {
    let vault = fieldseal::testing::vault();
    let sealed = seal(&vault.session("a").await.unwrap()).unwrap();
    assert_eq!(vault.open(vec![sealed]).await.unwrap(), [note("a")]);
}

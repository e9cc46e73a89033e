//! A process over a store of firms, and a provider that the test steers.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fieldseal::keys::store::MemoryKeyStore;
use fieldseal::keys::{
    BoxFuture, CacheSettings, EncryptionContext, FirmMasterKey, KekId, KeyProvider, ProviderError, ProviderErrorKind,
    WrappedMasterKey,
};
use fieldseal::testing::{TestClock, TestKeys};
use fieldseal::{Encrypted, FirmId, KeyError, Session, Vault};
use tokio::sync::watch;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    memos (id) {
        id -> BigInt,
        firm -> BigInt,
        body -> FieldsealText,
    }
}

#[derive(Encrypted)]
#[diesel(table_name = memos)]
#[encrypted(firm = firm, derive(Queryable))]
struct Memo {
    id: i64,
    firm: i64,
    #[encrypted]
    body: String,
}

/// A provider that is counted, and hangs while the test says so.
#[derive(Clone)]
pub(super) struct Steered {
    pub(super) keys: TestKeys,
    /// A firm whose KEK is refused.
    pub(super) refused: Arc<Mutex<Option<(FirmId, ProviderErrorKind)>>>,
    pub(super) hangs: watch::Sender<bool>,
    pub(super) calls: Arc<AtomicU64>,
    pub(super) at_once: Arc<AtomicUsize>,
    pub(super) most_at_once: Arc<AtomicUsize>,
}

impl Steered {
    fn new() -> Self {
        let (keys, hangs) = (TestKeys::new(), watch::Sender::new(false));
        Self {
            keys,
            refused: Arc::default(),
            hangs,
            calls: Arc::default(),
            at_once: Arc::default(),
            most_at_once: Arc::default(),
        }
    }

    pub(super) fn calls(&self) -> u64 {
        self.calls.swap(0, Ordering::SeqCst)
    }
}

impl KeyProvider for Steered {
    fn id(&self) -> &str {
        "steered"
    }

    fn keks(&self) -> &[KekId] {
        self.keys.keks()
    }

    fn wrap<'a>(
        &'a self,
        context: &'a EncryptionContext,
        key: &'a FirmMasterKey,
    ) -> BoxFuture<'a, Result<WrappedMasterKey, ProviderError>> {
        self.keys.wrap(context, key)
    }

    fn unwrap<'a>(
        &'a self,
        context: &'a EncryptionContext,
        wrapped: &'a WrappedMasterKey,
    ) -> BoxFuture<'a, Result<FirmMasterKey, ProviderError>> {
        Box::pin(async move {
            self.calls.fetch_add(1, Ordering::SeqCst);
            let here = Here::new(&self.at_once);
            self.most_at_once.fetch_max(here.number, Ordering::SeqCst);
            tokio::task::yield_now().await;
            self.hangs.subscribe().wait_for(|hangs| !hangs).await.expect("the sender is ours");
            match &*self.refused.lock().unwrap() {
                Some((firm, kind)) if firm == context.firm() => return Err(ProviderError::new(*kind, "no")),
                _ => {}
            }
            self.keys.unwrap(context, wrapped).await
        })
    }
}

/// Counts calls under way, also when one is cut off.
struct Here<'a> {
    at_once: &'a AtomicUsize,
    number: usize,
}

impl<'a> Here<'a> {
    fn new(at_once: &'a AtomicUsize) -> Self {
        Self { at_once, number: at_once.fetch_add(1, Ordering::SeqCst) + 1 }
    }
}

impl Drop for Here<'_> {
    fn drop(&mut self) {
        self.at_once.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A process with nothing in memory, over a store with firms 0 to `firms - 1`.
pub(super) struct Scene {
    pub(super) vault: Vault,
    pub(super) provider: Steered,
    pub(super) clock: TestClock,
}

impl Scene {
    fn new(firms: i64, change: impl FnOnce(&mut CacheSettings)) -> Self {
        let (provider, clock) = (Steered::new(), TestClock::new());
        let store = Arc::new(MemoryKeyStore::new());
        let maker = Vault::builder().provider(provider.clone()).shared_store(store.clone()).build().unwrap().blocking();
        maker.initialize().unwrap();
        for firm in 0..firms {
            maker.create_firm(firm).unwrap();
        }
        let mut settings = CacheSettings::default();
        change(&mut settings);
        let builder = Vault::builder().provider(provider.clone()).shared_store(store).cache(settings);
        let vault = builder.clock(clock.clone()).build().unwrap();
        provider.calls();
        Self { vault, provider, clock }
    }

    /// A process that holds the platform's keys, so that what is counted is the firms'.
    pub(super) fn warm(firms: i64, change: impl FnOnce(&mut CacheSettings)) -> Self {
        let scene = Self::new(firms, change);
        scene.vault.blocking().platform().unwrap();
        scene.provider.calls();
        scene
    }

    pub(super) fn hang(&self, hangs: bool) {
        self.provider.hangs.send_replace(hangs);
    }

    pub(super) fn failed(&self, firm: i64) -> KeyError {
        self.vault.blocking().session(firm).map(drop).unwrap_err()
    }
}

pub(super) fn in_a_runtime<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap().block_on(test)
}

pub(super) fn seal(session: &Session) -> &'static str {
    let FirmId::Int(firm) = *session.firm() else { panic!("the tests name firms by numbers") };
    let sealed = session.seal(&Memo { id: 1, firm, body: "a memo".into() });
    sealed.map_or_else(|error| error.code(), |_| "ok")
}

pub(super) fn until(met: impl Fn() -> bool) {
    let began = Instant::now();
    while !met() {
        assert!(began.elapsed() < Duration::from_secs(60), "what the test waits for does not come");
        std::thread::yield_now();
    }
}

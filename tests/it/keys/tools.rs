//! A model of one column, and providers and stores that the tests hold up, steer and count.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use fieldseal::keys::store::{FirmRecord, FleetStore, KeysRecord, MemoryKeyStore, RecordContent};
use fieldseal::keys::{
    BoxFuture, CacheSettings, EncryptionContext, FirmMasterKey, KekId, KeyProvider, KeyStore, ProviderError,
    ProviderErrorKind, StoreError, WrappedMasterKey,
};
use fieldseal::testing::TestKeys;
use fieldseal::{CreateFirms, Encrypted, FirmId, KeyError, OpenError, SealError, Session, Vault};
use tokio::sync::watch;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    notes (id) {
        id -> BigInt,
        firm -> Text,
        body -> FieldsealText,
    }
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = notes)]
#[encrypted(firm = firm, derive(Queryable))]
pub(crate) struct Note {
    pub(crate) id: i64,
    pub(crate) firm: String,
    #[encrypted]
    pub(crate) body: String,
}

pub(crate) fn note(firm: &str) -> Note {
    Note { id: 7, firm: firm.to_owned(), body: "the plaintext".to_owned() }
}

/// Seals a firm's note.
pub(crate) fn seal(session: &Session) -> Result<SealedNote, SealError> {
    let FirmId::Text(firm) = session.firm() else { panic!("the tests name firms by text") };
    session.seal(&note(firm))
}

/// Opens it, and checks that it is the one.
pub(crate) fn open(session: &Session, sealed: &SealedNote) -> Result<(), OpenError> {
    let opened = session.open(sealed.clone())?;
    assert_eq!(opened, note(&opened.firm));
    Ok(())
}

/// A door that callers pass or wait at.
#[derive(Clone)]
pub(crate) struct Gate(Arc<State>);

struct State {
    closed: watch::Sender<bool>,
    waiting: watch::Sender<usize>,
}

impl Default for Gate {
    fn default() -> Self {
        Self(Arc::new(State { closed: watch::Sender::new(false), waiting: watch::Sender::new(0) }))
    }
}

impl Gate {
    pub(crate) fn close(&self) {
        self.0.closed.send_replace(true);
    }

    pub(crate) fn open(&self) {
        self.0.closed.send_replace(false);
    }

    /// Returns once so many wait.
    pub(crate) async fn arrived(&self, count: usize) {
        self.0.waiting.subscribe().wait_for(|waiting| *waiting >= count).await.unwrap();
    }

    pub(crate) async fn pass(&self) {
        let _here = Here::new(&self.0.waiting);
        self.0.closed.subscribe().wait_for(|closed| !closed).await.unwrap();
    }
}

/// Counts who waits, also when a wait is given up.
struct Here<'a>(&'a watch::Sender<usize>);

impl<'a> Here<'a> {
    fn new(waiting: &'a watch::Sender<usize>) -> Self {
        waiting.send_modify(|waiting| *waiting += 1);
        Self(waiting)
    }
}

impl Drop for Here<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|waiting| *waiting -= 1);
    }
}

/// The testing provider under another name or other KEKs, behind a gate.
#[derive(Clone)]
pub(crate) struct Steered {
    pub(crate) inner: TestKeys,
    pub(crate) id: &'static str,
    pub(crate) keks: Vec<KekId>,
    /// The KEK that it says it wraps under.
    pub(crate) wraps_under: KekId,
    pub(crate) gate: Gate,
    pub(crate) unwraps: Arc<AtomicU64>,
}

impl Default for Steered {
    fn default() -> Self {
        let inner = TestKeys::new();
        let keks = inner.keks().to_vec();
        let wraps_under = keks[0].clone();
        Self { inner, id: "steered", keks, wraps_under, gate: Gate::default(), unwraps: Arc::default() }
    }
}

impl Steered {
    pub(crate) fn unwraps(&self) -> u64 {
        self.unwraps.load(Ordering::SeqCst)
    }
}

impl KeyProvider for Steered {
    fn id(&self) -> &str {
        self.id
    }

    fn keks(&self) -> &[KekId] {
        &self.keks
    }

    fn wrap<'a>(
        &'a self,
        context: &'a EncryptionContext,
        key: &'a FirmMasterKey,
    ) -> BoxFuture<'a, Result<WrappedMasterKey, ProviderError>> {
        Box::pin(async move {
            let wrapped = self.inner.wrap(context, key).await?;
            Ok(WrappedMasterKey { kek: self.wraps_under.clone(), ..wrapped })
        })
    }

    fn unwrap<'a>(
        &'a self,
        context: &'a EncryptionContext,
        wrapped: &'a WrappedMasterKey,
    ) -> BoxFuture<'a, Result<FirmMasterKey, ProviderError>> {
        Box::pin(async move {
            self.unwraps.fetch_add(1, Ordering::SeqCst);
            self.gate.pass().await;
            self.inner.unwrap(context, wrapped).await
        })
    }
}

/// A store in memory, one of whose answers is read and then held up at a gate, or is lost after a change was made.
#[derive(Clone, Default)]
pub(crate) struct SlowStore {
    pub(crate) memory: Arc<MemoryKeyStore>,
    pub(crate) gate: Gate,
    pub(crate) hold_next: Arc<AtomicBool>,
    pub(crate) hold_replace: Arc<AtomicBool>,
    pub(crate) lose_next: Arc<AtomicBool>,
}

impl SlowStore {
    /// Starts a task, and returns once it has an answer that is held up.
    pub(crate) async fn hold_up<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> tokio::task::JoinHandle<T> {
        self.gate.close();
        self.hold_next.store(true, Ordering::SeqCst);
        let task = tokio::spawn(task);
        self.gate.arrived(1).await;
        task
    }
}

impl KeyStore for SlowStore {
    fn load<'a>(&'a self, firms: &'a [FirmId]) -> BoxFuture<'a, Result<Vec<Option<FirmRecord>>, StoreError>> {
        Box::pin(async move {
            let answer = self.memory.load(firms).await;
            if self.hold_next.swap(false, Ordering::SeqCst) {
                self.gate.pass().await;
            }
            answer
        })
    }

    fn replace<'a>(&'a self, expected: Option<u64>, record: &'a FirmRecord) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            let answer = self.memory.replace(expected, record).await;
            if self.hold_replace.swap(false, Ordering::SeqCst) {
                self.gate.pass().await;
            }
            if self.lose_next.swap(false, Ordering::SeqCst) {
                return Err(StoreError::Unavailable { message: "the answer is lost".into() });
            }
            answer
        })
    }

    fn firms<'a>(&'a self, after: Option<&'a FirmId>, limit: usize) -> BoxFuture<'a, Result<Vec<FirmId>, StoreError>> {
        self.memory.firms(after, limit)
    }

    fn fleet(&self) -> &dyn FleetStore {
        self.memory.fleet()
    }

    fn is_memory(&self) -> bool {
        true
    }
}

/// A process over a store, not initialized, that creates firms explicitly.
pub(crate) fn process(provider: impl KeyProvider, store: Arc<dyn KeyStore>) -> Vault {
    Vault::builder().provider(provider).shared_store(store).build().unwrap()
}

/// As [`process`], but creates firms when they first seal.
pub(crate) fn eager_process(provider: impl KeyProvider, store: Arc<dyn KeyStore>) -> Vault {
    let builder = Vault::builder().provider(provider).shared_store(store);
    builder.create_firms(CreateFirms::OnFirstSeal).build().unwrap()
}

pub(crate) fn settings(change: impl FnOnce(&mut CacheSettings)) -> CacheSettings {
    let mut settings = CacheSettings::default();
    change(&mut settings);
    settings
}

/// The stored record.
pub(crate) fn stored(store: &MemoryKeyStore, firm: &FirmId) -> Option<FirmRecord> {
    let mut found = None;
    store.tamper(firm, |record| {
        found = record.clone();
        record
    });
    found
}

/// Changes a live firm's stored keys.
pub(crate) fn change_keys(store: &MemoryKeyStore, firm: &FirmId, change: impl FnOnce(&mut KeysRecord)) {
    store.tamper(firm, |record| {
        let mut record = record.unwrap();
        change(keys_of(&mut record));
        Some(record)
    });
}

pub(crate) fn keys_of(record: &mut FirmRecord) -> &mut KeysRecord {
    match &mut record.content {
        RecordContent::Keys(keys) => keys,
        RecordContent::Tombstone(_) => panic!("the firm was shredded"),
    }
}

/// The provider's failure, if the error is one.
pub(crate) fn provider_kind(error: &KeyError) -> Option<ProviderErrorKind> {
    match error {
        KeyError::Provider { source, .. } => Some(source.kind()),
        _ => None,
    }
}

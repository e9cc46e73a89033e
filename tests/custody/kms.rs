//! A key service whose regions, keys and permissions a test steers, and a model to seal under it.
//!
//! Its keys are public and the same in every process. What it wraps names the key that it lies under.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use fieldseal::keys::store::{FirmRecord, KeyStore, KeysRecord, MemoryKeyStore, RecordContent};
use fieldseal::keys::{
    BoxFuture, EncryptionContext, FirmMasterKey, KekId, KeyProvider, ProviderError, ProviderErrorKind, Providers,
    WrappedMasterKey,
};
use fieldseal::testing::TestKeys;
use fieldseal::{Encrypted, FirmId, KeyError, OpenError, Session, Vault};

/// One region of one account.
#[derive(Clone)]
pub(crate) struct Kms {
    id: &'static str,
    keks: Vec<KekId>,
    /// The key behind each name.
    keys: BTreeMap<KekId, String>,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    calls: AtomicU64,
    down: Mutex<Option<ProviderErrorKind>>,
    /// Keys that answer with a refusal.
    refused: Mutex<BTreeMap<String, ProviderErrorKind>>,
    /// Keys that encrypt, and do not decrypt.
    encrypt_only: Mutex<BTreeSet<String>>,
}

impl Kms {
    /// A region with KEKs of these names, the first of which wraps, each over the key of that name.
    pub(crate) fn new(id: &'static str, names: &[&str]) -> Self {
        Self::replica(id, &names.iter().map(|name| (*name, *name)).collect::<Vec<_>>())
    }

    /// A region whose names stand for keys that other regions have too.
    pub(crate) fn replica(id: &'static str, names: &[(&str, &str)]) -> Self {
        let keks = names.iter().map(|(name, _)| KekId::new(*name)).collect();
        let keys = names.iter().map(|(name, key)| (KekId::new(*name), (*key).to_owned())).collect();
        Self { id, keks, keys, state: Arc::default() }
    }

    pub(crate) fn calls(&self) -> u64 {
        self.state.calls.load(Ordering::SeqCst)
    }

    /// Makes every call fail in this way; `None`: the region works again.
    pub(crate) fn down(&self, how: impl Into<Option<ProviderErrorKind>>) {
        *self.state.down.lock().unwrap() = how.into();
    }

    /// Makes calls for one key fail in this way; `None`: it works again.
    pub(crate) fn refuse(&self, key: &str, how: impl Into<Option<ProviderErrorKind>>) {
        let mut refused = self.state.refused.lock().unwrap();
        match how.into() {
            Some(how) => refused.insert(key.to_owned(), how),
            None => refused.remove(key),
        };
    }

    /// Takes the right to decrypt under a key.
    pub(crate) fn encrypt_only(&self, key: &str) {
        self.state.encrypt_only.lock().unwrap().insert(key.to_owned());
    }

    fn call(&self, kek: &KekId) -> Result<&str, ProviderError> {
        self.state.calls.fetch_add(1, Ordering::SeqCst);
        let failed = |kind| Err(ProviderError::new(kind, "the test made it fail"));
        if let Some(kind) = *self.state.down.lock().unwrap() {
            return failed(kind);
        }
        let key = self.keys.get(kek).ok_or_else(|| ProviderError::new(ProviderErrorKind::NotFound, "no such key"))?;
        self.state.refused.lock().unwrap().get(key).map_or(Ok(key.as_str()), |kind| failed(*kind))
    }
}

impl KeyProvider for Kms {
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
            let kek = self.keks[0].clone();
            let name = self.call(&kek)?;
            let inner = TestKeys::new().wrap(context, key).await?;
            Ok(WrappedMasterKey { kek, bytes: [name.as_bytes(), b"|", &inner.bytes].concat() })
        })
    }

    fn unwrap<'a>(
        &'a self,
        context: &'a EncryptionContext,
        wrapped: &'a WrappedMasterKey,
    ) -> BoxFuture<'a, Result<FirmMasterKey, ProviderError>> {
        Box::pin(async move {
            let name = self.call(&wrapped.kek)?;
            if self.state.encrypt_only.lock().unwrap().contains(name) {
                return Err(ProviderError::new(ProviderErrorKind::Denied, "no right to decrypt"));
            }
            let head = [name.as_bytes(), b"|"].concat();
            let other = || ProviderError::new(ProviderErrorKind::Unauthentic, "wrapped under another key");
            let bytes = wrapped.bytes.strip_prefix(&*head).ok_or_else(other)?.to_vec();
            let keys = TestKeys::new();
            keys.unwrap(context, &WrappedMasterKey { kek: keys.keks()[0].clone(), bytes }).await
        })
    }
}

/// A process over a store.
pub(crate) fn process(providers: impl Into<Providers>, store: &Arc<impl KeyStore>) -> Vault {
    Vault::builder().provider(providers).shared_store(store.clone()).build().unwrap()
}

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
#[encrypted(firm = firm, derive(Queryable, Insertable, Selectable))]
pub(crate) struct Note {
    pub(crate) id: i64,
    pub(crate) firm: String,
    #[encrypted]
    pub(crate) body: String,
}

pub(crate) fn note(session: &Session) -> Note {
    let FirmId::Text(firm) = session.firm() else { panic!("these tests name firms by text") };
    Note { id: 7, firm: firm.clone(), body: "the plaintext".to_owned() }
}

pub(crate) async fn seal(vault: &Vault, firm: &str) -> SealedNote {
    let session = vault.session(firm).await.unwrap();
    session.seal(&note(&session)).unwrap()
}

/// Opens a cell in a session of its own firm.
pub(crate) async fn open(vault: &Vault, sealed: &SealedNote) -> Result<(), KeyError> {
    opened(&vault.session(sealed.firm.as_str()).await?, sealed).map_err(|error| match error {
        OpenError::Keys(error) => error,
        error => panic!("{error}"),
    })
}

pub(crate) fn opened(session: &Session, sealed: &SealedNote) -> Result<(), OpenError> {
    session.open(sealed.clone()).map(|opened| assert_eq!(opened, note(session)))
}

/// What the store holds of a firm.
pub(crate) fn stored(store: &MemoryKeyStore, firm: &FirmId) -> FirmRecord {
    let mut found = None;
    store.tamper(firm, |record| {
        found = record.clone();
        record
    });
    found.expect("the firm has a record")
}

/// Puts a record of before back.
pub(crate) fn put_back(store: &MemoryKeyStore, record: &FirmRecord) {
    store.tamper(&record.firm, |_| Some(record.clone()));
}

/// Changes a live firm's keys as whoever writes the store can.
pub(crate) fn plant(store: &MemoryKeyStore, firm: &str, change: impl FnOnce(&mut KeysRecord)) {
    let mut record = stored(store, &firm.into());
    change(keys_of(&mut record));
    put_back(store, &record);
}

pub(crate) fn keys_of(record: &mut FirmRecord) -> &mut KeysRecord {
    match &mut record.content {
        RecordContent::Keys(keys) => keys,
        RecordContent::Tombstone(_) => panic!("the firm was shredded"),
    }
}

/// The provider's failure, if the error is one.
pub(crate) fn failure(error: &KeyError) -> Option<ProviderErrorKind> {
    match error {
        KeyError::Provider { source, .. } => Some(source.kind()),
        _ => None,
    }
}

//! Stores of every kind, each with vaults that stand for processes.

use std::sync::Arc;
use std::time::Duration;

use fieldseal::keys::store::{MemoryKeyStore, PgKeyStore, SqliteKeyStore};
use fieldseal::keys::{KeyProvider, KeyStore};
use fieldseal::{Encrypted, FleetSettings, LocalKeys, SealError, Session, Vault, VaultBuilder};
use pollster::block_on;

use crate::support::postgres::{Database, server};

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

fn note(firm: &str) -> Note {
    Note { id: 7, firm: firm.to_owned(), body: "the plaintext".to_owned() }
}

/// Seals firm `a`'s note.
pub(crate) fn seal(session: &Session) -> Result<SealedNote, SealError> {
    session.seal(&note("a"))
}

/// How sealing goes: `ok`, or the error's code.
pub(crate) fn state(session: &Session) -> &'static str {
    seal(session).map_or_else(|error| error.code(), |_| "ok")
}

/// Where a test's store is, and the key file of its provider.
pub(crate) struct Place {
    kind: Kind,
    directory: tempfile::TempDir,
}

enum Kind {
    Memory(Arc<MemoryKeyStore>),
    Sqlite,
    Async(Database),
    Libpq(Database),
}

impl Place {
    pub(crate) fn memory() -> Self {
        Self::new(Kind::Memory(Arc::default()))
    }

    pub(crate) fn sqlite() -> Self {
        Self::new(Kind::Sqlite)
    }

    pub(crate) fn postgres_async() -> Self {
        Self::new(Kind::Async(server().database("fleet")))
    }

    pub(crate) fn postgres_libpq() -> Self {
        Self::new(Kind::Libpq(server().database("fleet")))
    }

    fn new(kind: Kind) -> Self {
        let place = Self { kind, directory: tempfile::tempdir().unwrap() };
        match &place.kind {
            Kind::Memory(_) => {}
            Kind::Sqlite => block_on(place.sqlite_store().migrate()).unwrap(),
            Kind::Async(_) | Kind::Libpq(_) => block_on(place.postgres_store().migrate()).unwrap(),
        }
        let first = place.process(settings(|_| ()));
        block_on(first.initialize()).unwrap();
        block_on(first.create_firm("a")).unwrap();
        place
    }

    /// What a child needs to make such a store and vault, as its environment.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        let path = |name| self.directory.path().join(name).to_str().unwrap().to_owned();
        let store = match &self.kind {
            Kind::Memory(_) => panic!("children do not share memory"),
            Kind::Sqlite => ("SQLITE", path("keys.db")),
            Kind::Async(database) => ("ASYNC", database.url()),
            Kind::Libpq(database) => ("LIBPQ", database.url()),
        };
        vec![("KEY", path("key")), store]
    }

    /// In a child: its vault.
    pub(crate) fn vault_of_a_child() -> Vault {
        let set = |name: &str| std::env::var(name).ok();
        let store: Arc<dyn KeyStore> = match (set("SQLITE"), set("ASYNC"), set("LIBPQ")) {
            (Some(path), ..) => Arc::new(SqliteKeyStore::open(path).unwrap()),
            (_, Some(url), _) => Arc::new(PgKeyStore::new(url)),
            (.., url) => Arc::new(PgKeyStore::over_libpq(url.unwrap())),
        };
        let lease = Duration::from_millis(set("LEASE").unwrap().parse().unwrap());
        let keys = LocalKeys::open_or_create(set("KEY").unwrap()).unwrap();
        let fleet = settings(|settings| settings.lease = lease);
        Vault::builder().provider(keys).shared_store(store).fleet(fleet).build().unwrap()
    }

    /// The name of the PostgreSQL database.
    pub(crate) fn database(&self) -> &str {
        match &self.kind {
            Kind::Async(database) | Kind::Libpq(database) => database.name(),
            _ => panic!("no server"),
        }
    }

    /// A vault that shares nothing but the store with the others.
    pub(crate) fn process(&self, settings: FleetSettings) -> Vault {
        self.process_with(self.keys(), settings)
    }

    /// The provider that every process has.
    pub(crate) fn keys(&self) -> LocalKeys {
        LocalKeys::open_or_create(self.directory.path().join("key")).unwrap()
    }

    pub(crate) fn process_with(&self, provider: impl KeyProvider, settings: FleetSettings) -> Vault {
        Vault::builder().provider(provider).shared_store(self.store()).fleet(settings).build().unwrap()
    }

    /// The beginning of such a vault.
    pub(crate) fn builder(&self) -> VaultBuilder {
        Vault::builder().provider(self.keys()).shared_store(self.store())
    }

    pub(crate) fn store(&self) -> Arc<dyn KeyStore> {
        match &self.kind {
            Kind::Memory(store) => store.clone(),
            Kind::Sqlite => Arc::new(self.sqlite_store()),
            Kind::Async(_) | Kind::Libpq(_) => Arc::new(self.postgres_store()),
        }
    }

    fn sqlite_store(&self) -> SqliteKeyStore {
        SqliteKeyStore::open(self.directory.path().join("keys.db")).unwrap()
    }

    fn postgres_store(&self) -> PgKeyStore {
        match &self.kind {
            Kind::Async(database) => PgKeyStore::new(database.url()),
            Kind::Libpq(database) => PgKeyStore::over_libpq(database.url()),
            _ => panic!("no server"),
        }
    }

    /// Processes that the store knows of.
    pub(crate) fn processes(&self) -> usize {
        block_on(self.store().fleet().processes()).unwrap().list.len()
    }
}

pub(crate) fn settings(change: impl FnOnce(&mut FleetSettings)) -> FleetSettings {
    let mut settings = FleetSettings::default();
    change(&mut settings);
    settings
}

/// Settings with which nothing happens in a test's time but what is pushed.
pub(crate) fn pushed_only() -> FleetSettings {
    settings(|settings| (settings.lease, settings.poll) = (AN_HOUR, AN_HOUR))
}

/// Waits until `done`, as long as it takes: the harness's own limit ends a test that waits for what never comes.
pub(crate) fn until(mut done: impl FnMut() -> bool) {
    while !done() {
        std::thread::sleep(Duration::from_millis(2));
    }
}

const AN_HOUR: Duration = Duration::from_secs(3600);

impl Place {
    /// Whether the store tells of changes by itself.
    pub(crate) fn pushes(&self) -> bool {
        !matches!(self.kind, Kind::Sqlite)
    }
}

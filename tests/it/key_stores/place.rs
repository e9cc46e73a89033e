//! Where a test's store keeps its records, and a way round the store to look at it.

use std::sync::Arc;

use diesel::sql_types::BigInt;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use fieldseal::keys::store::{MemoryKeyStore, PgKeyStore, SqliteKeyStore};
use fieldseal::keys::{KeyStore, StoreError};
use pollster::block_on;

use crate::support::postgres::{Database, server};

pub(super) enum Place {
    Memory(Arc<MemoryKeyStore>),
    Sqlite(tempfile::TempDir),
    Postgres(Database, Driver),
}

#[derive(Clone, Copy)]
pub(super) enum Driver {
    Async,
    Libpq,
}

/// A database store of either kind, for what the trait has not.
pub(super) enum Store {
    Sqlite(SqliteKeyStore),
    Postgres(PgKeyStore),
}

impl Place {
    pub(super) fn memory() -> Self {
        Self::Memory(Arc::default())
    }

    pub(super) fn sqlite() -> Self {
        crate::support::sqlite::watch();
        Self::Sqlite(tempfile::tempdir().unwrap()).migrated()
    }

    pub(super) fn postgres_async() -> Self {
        Self::postgres(Driver::Async).migrated()
    }

    pub(super) fn postgres_libpq() -> Self {
        Self::postgres(Driver::Libpq).migrated()
    }

    pub(super) fn postgres(driver: Driver) -> Self {
        Self::Postgres(server().database("key_store"), driver)
    }

    /// Databases without the store's tables.
    pub(super) fn unmigrated() -> [Self; 3] {
        crate::support::sqlite::watch();
        let sqlite = Self::Sqlite(tempfile::tempdir().unwrap());
        [sqlite, Self::postgres(Driver::Async), Self::postgres(Driver::Libpq)]
    }

    fn migrated(self) -> Self {
        block_on(self.database_store().migrate()).unwrap();
        self
    }

    pub(super) fn store(&self) -> Arc<dyn KeyStore> {
        match self {
            Self::Memory(store) => store.clone(),
            _ => self.database_store().shared(),
        }
    }

    pub(super) fn database_store(&self) -> Store {
        match self {
            Self::Memory(_) => panic!("memory is no database"),
            Self::Sqlite(_) => Store::Sqlite(SqliteKeyStore::open(self.file()).unwrap()),
            Self::Postgres(database, Driver::Async) => Store::Postgres(PgKeyStore::new(database.url())),
            Self::Postgres(database, Driver::Libpq) => Store::Postgres(PgKeyStore::over_libpq(database.url())),
        }
    }

    pub(super) fn file(&self) -> std::path::PathBuf {
        match self {
            Self::Sqlite(directory) => directory.path().join("store.db"),
            _ => panic!("no file"),
        }
    }

    /// Rows of one of the store's tables; nothing for memory.
    pub(super) fn rows(&self, table: &str) -> Option<i64> {
        match self {
            Self::Memory(_) => None,
            Self::Sqlite(_) => Some(self.count(&format!("SELECT count(*) AS number FROM fieldseal_{table}"))),
            Self::Postgres(..) => Some(self.count(&format!("SELECT count(*) AS number FROM fieldseal.{table}"))),
        }
    }

    /// The one number that a query gives, as `number`.
    pub(super) fn count(&self, sql: &str) -> i64 {
        let query = sql_query(sql);
        let row: Number = match self {
            Self::Memory(_) => panic!("memory is no database"),
            Self::Sqlite(_) => query.get_result(&mut self.open_sqlite()).unwrap(),
            Self::Postgres(..) => query.get_result(&mut self.open_postgres()).unwrap(),
        };
        row.number
    }

    /// Statements for SQLite or for PostgreSQL.
    pub(super) fn run(&self, sqlite: &str, postgres: &str) {
        use diesel::connection::SimpleConnection;
        match self {
            Self::Memory(_) => panic!("memory is no database"),
            Self::Sqlite(_) => self.open_sqlite().batch_execute(sqlite).unwrap(),
            Self::Postgres(..) => self.open_postgres().batch_execute(postgres).unwrap(),
        }
    }

    /// The PostgreSQL database's URL.
    pub(super) fn url(&self) -> String {
        match self {
            Self::Postgres(database, _) => database.url(),
            _ => panic!("no server"),
        }
    }

    fn open_postgres(&self) -> PgConnection {
        PgConnection::establish(&self.url()).unwrap()
    }

    fn open_sqlite(&self) -> SqliteConnection {
        use diesel::connection::SimpleConnection;
        let mut connection = crate::support::sqlite::open(&self.file());
        connection.batch_execute("PRAGMA busy_timeout = 5000").unwrap();
        connection
    }
}

impl Store {
    pub(super) async fn migrate(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(store) => store.migrate().await,
            Self::Postgres(store) => store.migrate().await,
        }
    }

    /// The same place under another schema or prefix.
    pub(super) fn named(self, name: &str) -> Self {
        match self {
            Self::Sqlite(store) => Self::Sqlite(store.prefix(name).unwrap()),
            Self::Postgres(store) => Self::Postgres(store.schema(name).unwrap()),
        }
    }

    pub(super) fn shared(self) -> Arc<dyn KeyStore> {
        match self {
            Self::Sqlite(store) => Arc::new(store),
            Self::Postgres(store) => Arc::new(store),
        }
    }
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

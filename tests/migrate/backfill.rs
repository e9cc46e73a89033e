//! The engine: every row once, whoever dies, whoever writes meanwhile.

pub(crate) mod crash;
mod keys;
pub(crate) mod memory;
mod operators;
mod quarantine;
mod races;
mod rotation;
mod stalls;

use std::future::Future;
use std::path::Path;
use std::time::Duration;

use diesel::prelude::*;
use fieldseal::keys::KeyStore;
use fieldseal::keys::store::PgKeyStore;
use fieldseal::migrate::{Job, Kind, PassReport, Postgres, RunError, RunOptions, Subject};
use fieldseal::schema::{Backend, Models, migration};
use fieldseal::{Encrypted, LocalKeys, Model, Vault};
use tokio_postgres::NoTls;
use uuid::Uuid;

use crate::support::postgres::database::with_database;
use crate::support::postgres::{Database, server};

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    clients (id) {
        id -> Uuid,
        firm_id -> BigInt,
        email_plain -> Nullable<Text>,
        email -> Nullable<FieldsealText>,
        email_term -> Nullable<FieldsealTextTerm>,
        notes_plain -> Nullable<Text>,
        notes -> Nullable<FieldsealText>,
    }
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
pub(crate) struct Client {
    pub(crate) id: Uuid,
    pub(crate) firm_id: i64,
    #[encrypted(index(email_term, normalize = email, unique), legacy = email_plain)]
    pub(crate) email: Option<String>,
    #[encrypted(legacy = notes_plain)]
    pub(crate) notes: Option<String>,
}

pub(crate) const PLAIN: &str =
    "CREATE TABLE clients (id uuid PRIMARY KEY, firm_id bigint, email_plain text, notes_plain text)";

/// A database past the watch, which takes plaintext for a leak.
pub(crate) struct Place {
    database: Database,
    pub(crate) directory: tempfile::TempDir,
    pub(crate) vault: Vault,
}

/// A table that the job's first step is to make ready.
struct NoModels;

impl Models for NoModels {
    fn schemas() -> Vec<&'static fieldseal::model::ModelSchema> {
        Vec::new()
    }
}

/// A runtime for one test.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(future)
}

impl Place {
    /// A database with `plain` and what the models `M` need, and a vault with the firms 1 to 3.
    pub(crate) async fn new<M: Models>(plain: &str) -> Self {
        let database = tokio::task::spawn_blocking(|| server().database("backfill")).await.unwrap();
        let url = with_database(server().direct_url(), database.name());
        let directory = tempfile::tempdir().unwrap();
        let keys = directory.path().join("keys");
        let vault = tokio::task::spawn_blocking(move || vault_at(&url, &keys)).await.unwrap();
        vault.initialize().await.unwrap();
        for firm in 1..=3i64 {
            vault.create_firm(firm).await.unwrap();
        }
        let place = Self { database, directory, vault };
        place.sql(plain).await;
        if !M::schemas().is_empty() {
            place.sql(&migration::<M>(Backend::Postgres).up).await;
        }
        place
    }

    /// A database with `plain` alone, and a vault with the firms 1 to 3.
    pub(crate) async fn bare(plain: &str) -> Self {
        Self::new::<NoModels>(plain).await
    }

    /// A vault of another process.
    pub(crate) async fn another_vault(&self) -> Vault {
        let (url, keys) = (self.url(), self.directory.path().join("keys"));
        tokio::task::spawn_blocking(move || vault_at(&url, &keys)).await.unwrap()
    }

    pub(crate) fn target(&self) -> Postgres {
        Postgres::new(self.url())
    }

    /// Every row as a service reads it whose model has no legacy columns any more.
    pub(crate) async fn read_whole(&self, vault: &Vault) -> Vec<(String, Option<String>)> {
        let mut conn = diesel::PgConnection::establish(&self.url()).unwrap();
        let rows = clients::table.select(SealedWhole::as_select()).load(&mut conn).unwrap();
        let mut all: Vec<_> =
            vault.open(rows).await.unwrap().into_iter().map(|whole| (whole.email.unwrap(), whole.notes)).collect();
        all.sort();
        all
    }

    /// With clients in it, all of plaintext, spread over the firms.
    async fn of_clients(rows: i64) -> Self {
        let place = Self::new::<(Client,)>(PLAIN).await;
        place.fill(rows).await;
        place
    }

    pub(crate) async fn fill(&self, rows: i64) {
        let sql = format!(
            "INSERT INTO clients (id, firm_id, email_plain, notes_plain) \
             SELECT gen_random_uuid(), 1 + n % 3, 'Someone.' || n || '@example.com', CASE WHEN n % 5 > 0 THEN 'note ' || n END \
             FROM generate_series(1, {rows}) n; ANALYZE clients"
        );
        self.sql(&sql).await;
    }

    pub(crate) fn url(&self) -> String {
        with_database(server().direct_url(), self.database.name())
    }

    /// A connection of the test's own.
    pub(crate) async fn connect(&self) -> tokio_postgres::Client {
        let (client, connection) = tokio_postgres::connect(&self.url(), NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    pub(crate) async fn sql(&self, sql: &str) {
        self.connect().await.batch_execute(sql).await.unwrap();
    }

    /// The one number that a query gives.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        self.connect().await.query_one(sql, &[]).await.unwrap().get(0)
    }

    pub(crate) fn job<M: Model>(&self, kind: Kind) -> Job {
        Job::new(&self.vault, kind, Subject::of::<M>(), Postgres::new(self.url()))
    }

    async fn backfill(&self, options: RunOptions) -> Result<PassReport, RunError> {
        self.job::<Client>(Kind::Seal).run(options).await
    }

    /// Rows whose plaintext has no cell.
    pub(crate) async fn unsealed(&self) -> i64 {
        let sql = "SELECT count(*) FROM clients WHERE (email_plain IS NOT NULL AND (email IS NULL OR email_term IS NULL)) \
                   OR (notes_plain IS NOT NULL AND notes IS NULL)";
        self.number(sql).await
    }

    /// Every cell opens to the plaintext beside it. Gives the number of rows.
    pub(crate) async fn assert_equal(&self) -> usize {
        let mut conn = diesel::PgConnection::establish(&self.url()).unwrap();
        let rows = clients::table
            .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("firm_id IS NOT NULL AND email IS NOT NULL"))
            .select((SealedWhole::as_select(), clients::email_plain, clients::notes_plain))
            .load::<(SealedWhole, Option<String>, Option<String>)>(&mut conn)
            .unwrap();
        let (cells, plain): (Vec<_>, Vec<_>) = rows.into_iter().map(|(cells, a, b)| (cells, (a, b))).unzip();
        let opened = self.vault.open(cells).await.unwrap();
        for (whole, (email, notes)) in opened.iter().zip(&plain) {
            assert_eq!((&whole.email, &whole.notes), (email, notes));
        }
        opened.len()
    }
}

/// The same table, as it is read when the plaintext is gone.
#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(firm = firm_id, derive(Queryable, Selectable))]
struct Whole {
    id: Uuid,
    firm_id: i64,
    #[encrypted(index(email_term, normalize = email, unique))]
    email: Option<String>,
    #[encrypted]
    notes: Option<String>,
}

/// What a process of this test uses: keys that all processes know, in the database of the test.
pub(crate) fn vault_at(url: &str, keys: &Path) -> Vault {
    let store = PgKeyStore::new(url);
    store.migrate_blocking().unwrap();
    let store: std::sync::Arc<dyn KeyStore> = std::sync::Arc::new(store);
    Vault::builder().provider(LocalKeys::open_or_create(keys).unwrap()).shared_store(store).build().unwrap()
}

pub(crate) fn options() -> RunOptions {
    RunOptions::new().poll(Duration::from_millis(50)).patience(Duration::from_secs(60))
}

/// Waits until something is so.
pub(crate) async fn until(mut is_so: impl AsyncFnMut() -> bool) {
    let begin = std::time::Instant::now();
    while !is_so().await {
        assert!(begin.elapsed() < Duration::from_secs(60), "it never came to be");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

//! The steps in a real database, and the rules of the triggers: each test fails without its rule.

mod fence;
mod locks;
mod rules;
mod walk;

use fieldseal::Vault;
use fieldseal::envelope::Kind;
use fieldseal::migrate::{Job, Kind as JobKind, Patience, Postgres, RunOptions, StepError, Subject};
use fieldseal::model::{ColumnSchema, IndexSchema, LegacySchema, ModelSchema, Owner};
use fieldseal::testing::TestVault;
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls};

use crate::support::postgres::database::with_database;
use crate::support::postgres::{Database, server};

const INDEX: IndexSchema = IndexSchema::new("email_term", "email_term", "email/1", 128, true, false);

const fn column(name: &'static str, domain: &'static str, codec: &'static str, legacy: &'static str) -> ColumnSchema {
    let index = if name.len() == 5 { Some(INDEX) } else { None };
    ColumnSchema::new(name, name, name, codec, domain, Kind::RowBound, name.len() != 5, index)
        .in_transit(LegacySchema::new(legacy, false))
}

const COLUMNS: &[ColumnSchema] = &[
    column("email", "fieldseal_text", "text", "email_plain"),
    column("amount", "fieldseal_numeric", "decimal", "amount_plain"),
    column("intake", "fieldseal_json", "json", "intake_plain"),
];

static CLIENTS: ModelSchema = ModelSchema::new("Client", "clients", "clients", Owner::Column("firm"), &["id"], COLUMNS);

const TABLE: &str = "CREATE EXTENSION IF NOT EXISTS citext; CREATE TABLE clients (id bigint PRIMARY KEY, firm text NOT NULL, \
    name text, email_plain citext NOT NULL, amount_plain numeric, intake_plain json)";

/// A cell that the domains take; nobody opens it.
pub(super) fn cell(byte: &str) -> String {
    format!("decode('f501{}', 'hex')", byte.repeat(44))
}

fn term(byte: &str) -> String {
    format!("decode('01{}', 'hex')", byte.repeat(16))
}

/// A database with the table, and a job on it.
struct Scene {
    runtime: Runtime,
    database: Database,
    client: Client,
    vault: Vault,
    job: Job,
}

impl Scene {
    fn new() -> Self {
        Self::of(TABLE)
    }

    fn of(table: &str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let database = server().database("steps");
        let client = runtime.block_on(connect(&database));
        runtime.block_on(client.batch_execute(table)).unwrap();
        let vault = TestVault::new().build();
        let job = job(&vault, &database);
        Self { runtime, database, client, vault, job }
    }

    /// One more connection.
    fn another(&self) -> Client {
        self.runtime.block_on(connect(&self.database))
    }

    fn run(&self, sql: &str) {
        self.tried(sql).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    fn tried(&self, sql: &str) -> Result<(), tokio_postgres::Error> {
        self.runtime.block_on(self.client.batch_execute(sql))
    }

    /// SQLSTATE and everything else that the server says of a refusal.
    fn refused(&self, sql: &str) -> (String, String) {
        let error = self.tried(sql).expect_err(sql);
        let said = error.as_db_error().unwrap();
        (said.code().code().to_owned(), format!("{said:?}"))
    }

    /// Whether plaintext, cell and term of an e-mail are there.
    fn email(&self, id: i64) -> [bool; 3] {
        let sql =
            "SELECT email_plain IS NOT NULL, email IS NOT NULL, email_term IS NOT NULL FROM clients WHERE id = $1";
        let row = self.runtime.block_on(self.client.query_one(sql, &[&id])).unwrap();
        [row.get(0), row.get(1), row.get(2)]
    }

    /// A row whose three values are dual-written.
    fn dual(&self, id: i64) {
        self.run(&format!(
            "INSERT INTO clients (id, firm, name, email_plain, email, email_term, amount_plain, amount, intake_plain, intake) \
             VALUES ({id}, 'a', 'Ada', 'ada@b.c', {0}, {1}, 1.0, {0}, '{{\"a\": 1}}', {0})",
            cell("aa"),
            term(&format!("{id:02x}")),
        ));
    }

    fn expand(&self) {
        self.step(self.job.expand(patient())).unwrap();
    }

    fn step<T>(&self, step: impl Future<Output = Result<T, StepError>>) -> Result<T, StepError> {
        self.runtime.block_on(step)
    }

    /// Says that the table was verified, by the report on an empty one: nobody could open the cells of these tests.
    fn verified(&self) {
        let empty = server().database("verified");
        self.runtime.block_on(async {
            connect(&empty).await.batch_execute(TABLE).await.unwrap();
            let job = job(&self.vault, &empty);
            job.expand(patient()).await.unwrap();
            let report = job.verify(RunOptions::new().workers(1)).await.unwrap();
            self.note_verified(&report.to_json()).await;
        });
    }

    async fn note_verified(&self, report: &str) {
        let sql = "INSERT INTO fieldseal_migrate.event (job, what, detail) SELECT id, 'verified', $1 FROM fieldseal_migrate.job";
        self.client.execute(sql, &[&report]).await.unwrap();
    }

    fn to_dual_write(&self) {
        self.expand();
        self.step(self.job.dual_write(patient())).unwrap();
    }

    fn to_fence(&self) {
        self.to_dual_write();
        self.verified();
        self.step(self.job.fence(patient())).unwrap();
    }
}

fn job(vault: &Vault, database: &Database) -> Job {
    let url = with_database(server().direct_url(), database.name());
    Job::new(vault, JobKind::Seal, Subject::described(&CLIENTS).unwrap(), Postgres::new(url)).named("clients")
}

async fn connect(database: &Database) -> Client {
    let url = with_database(server().direct_url(), database.name());
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn patient() -> Patience {
    Patience::default()
}

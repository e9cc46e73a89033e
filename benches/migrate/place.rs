//! The table that all work on, and how it is made anew.

use fieldseal::migrate::{Job, Kind, Postgres, Subject};
use fieldseal::schema::{Backend, migration};
use fieldseal::testing::TestVault;
use fieldseal::{Encrypted, Vault};
use tokio_postgres::{Client, NoTls};

use crate::support::postgres as servers;

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

#[derive(Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct Sealed {
    id: uuid::Uuid,
    firm_id: i64,
    #[encrypted(index(email_term, normalize = email, unique), legacy = email_plain)]
    email: Option<String>,
    #[encrypted(legacy = notes_plain)]
    notes: Option<String>,
}

/// Whether its own housekeeping runs meanwhile is up to chance.
const TABLE: &str =
    "CREATE TABLE clients (id uuid PRIMARY KEY, firm_id bigint NOT NULL, email_plain text, notes_plain text, \
     seen integer NOT NULL DEFAULT 0) WITH (autovacuum_enabled = off);
     CREATE TABLE plain (id uuid, firm_id bigint, email text, notes text) WITH (autovacuum_enabled = off);";

/// MIG-6, for both pairs.
const TRIGGER: &str = "CREATE FUNCTION clear() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
       IF record_image_ne(row(NEW.email_plain), row(OLD.email_plain))
          AND NOT record_image_ne(row(NEW.email), row(OLD.email)) THEN
         NEW.email := NULL; NEW.email_term := NULL;
       END IF;
       IF record_image_ne(row(NEW.notes_plain), row(OLD.notes_plain))
          AND NOT record_image_ne(row(NEW.notes), row(OLD.notes)) THEN
         NEW.notes := NULL;
       END IF;
       IF record_image_ne(row(NEW.id, NEW.firm_id), row(OLD.id, OLD.firm_id)) THEN
         IF NOT record_image_ne(row(NEW.email), row(OLD.email)) THEN NEW.email := NULL; NEW.email_term := NULL; END IF;
         IF NOT record_image_ne(row(NEW.notes), row(OLD.notes)) THEN NEW.notes := NULL; END IF;
       END IF;
       RETURN NEW;
     END $$;
     CREATE TRIGGER zz_clear BEFORE UPDATE ON clients FOR EACH ROW EXECUTE FUNCTION clear();
     ALTER TABLE clients ENABLE ALWAYS TRIGGER zz_clear;";

/// What a job knows of the table would have the next one find nothing to do.
const RESET: &str = "TRUNCATE clients; DROP SCHEMA IF EXISTS fieldseal_migrate CASCADE;
     INSERT INTO clients (id, firm_id, email_plain, notes_plain) SELECT id, firm_id, email, notes FROM plain;";

pub(crate) struct Place {
    url: String,
    vault: Vault,
}

impl Place {
    pub(crate) fn new(database: &servers::Database) -> Self {
        // Past the watch of the tests, which reads along.
        let url = servers::database::with_database(servers::server().direct_url(), database.name());
        Self { url, vault: TestVault::new().build() }
    }

    pub(crate) async fn connect(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.expect("the server is up");
        tokio::spawn(connection);
        client
    }

    /// The table with its rows, spread over 100 firms.
    pub(crate) async fn create(&self, rows: usize) {
        let rows = format!(
            "INSERT INTO plain SELECT gen_random_uuid(), 1 + n % 100, 'c' || lpad(n::text, 10, '0') || '@ma.example.us', \
             rpad('note ' || md5(n::text), 120, md5((n + 1)::text)) FROM generate_series(1, {rows}) n;"
        );
        self.run(&[TABLE, &migration::<Sealed>(Backend::Postgres).up, TRIGGER, &rows].concat()).await;
        self.reset().await;
    }

    /// As it was before anything was sealed.
    pub(crate) async fn reset(&self) {
        self.run(RESET).await;
        self.run("VACUUM ANALYZE clients").await;
        self.run("CHECKPOINT").await;
    }

    /// Keeps what was sealed, for bases that write it again.
    pub(crate) async fn keep_sealed_bytes(&self) {
        let keep = "CREATE TABLE sealed AS SELECT id, email::bytea, email_term::bytea, notes::bytea FROM clients; ANALYZE sealed";
        self.run(keep).await;
    }

    /// Rows whose cells are all there.
    pub(crate) async fn sealed(&self) -> usize {
        let count =
            "SELECT count(*) FROM clients WHERE email IS NOT NULL AND email_term IS NOT NULL AND notes IS NOT NULL";
        let row = self.connect().await.query_one(count, &[]).await.expect("a count");
        row.get::<_, i64>(0) as usize
    }

    pub(crate) fn job(&self) -> Job {
        Job::new(&self.vault, Kind::Seal, Subject::of::<Sealed>(), Postgres::new(self.url.clone()))
    }

    pub(crate) async fn run(&self, sql: &str) {
        self.connect().await.batch_execute(sql).await.expect("the bench's own SQL runs");
    }
}

/// The most that this process took, where the system says so.
pub(crate) fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.map_or_else(|| "unknown".to_owned(), |peak| peak.trim().to_owned())
}

//! The check on PostgreSQL: each way that a database can differ is named.

use diesel::connection::SimpleConnection as _;
use diesel::r2d2::{ConnectionManager, Pool};
use diesel::{Connection as _, PgConnection};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, deadpool};
use diesel_async::{AsyncConnection as _, AsyncPgConnection};
use fieldseal::Vault;
use fieldseal::schema::SchemaError;

use super::All;
use super::live::Live;

pub(super) fn vault() -> Vault {
    let vault = fieldseal::testing::vault();
    vault.register::<All>().unwrap();
    vault
}

/// Statements that break the schema, and the difference that the check then finds.
const BREAKS: &[(&str, &str)] = &[
    ("DROP TABLE clients", "clients: expected a table, found none; remedy: create it"),
    (
        "ALTER TABLE clients RENAME TO was; CREATE VIEW clients AS SELECT * FROM was",
        "clients: expected a table, found something else of that name",
    ),
    (
        "ALTER TABLE clients DROP COLUMN notes CASCADE",
        "clients.notes: expected a column of type fieldseal_text, found none; remedy: \
         ALTER TABLE \"clients\" ADD COLUMN \"notes\" \"fieldseal_text\";",
    ),
    (
        "ALTER TABLE clients DROP COLUMN city_term",
        "clients.city_term: expected a column of type fieldseal_text_term, found none; remedy: \
         ALTER TABLE \"clients\" ADD COLUMN \"city_term\" \"fieldseal_text_term\";",
    ),
    (
        "ALTER TABLE clients DROP COLUMN city_term",
        "clients.city_term: expected an index that begins with city_term, found none",
    ),
    (
        "ALTER TABLE clients ALTER city_term TYPE bytea",
        "clients.city_term: expected type fieldseal_text_term, found type bytea; remedy: \
         drop the guard, ALTER TABLE \"clients\" ALTER COLUMN \"city_term\" TYPE \"fieldseal_text_term\"",
    ),
    (
        "ALTER TABLE clients ALTER city_term TYPE text USING ''",
        "clients.city_term: expected type fieldseal_text_term, found type text",
    ),
    (
        "ALTER TABLE clients ALTER city_term TYPE fieldseal_text_column",
        "clients.city_term: expected type fieldseal_text_term, found type fieldseal_text_column",
    ),
    (
        "ALTER TABLE clients ALTER email DROP NOT NULL",
        "clients.email: expected NOT NULL, found NULL; remedy: \
         ALTER TABLE \"clients\" ALTER COLUMN \"email\" SET NOT NULL",
    ),
    (
        "ALTER TABLE clients ALTER notes SET NOT NULL",
        "clients.notes: expected NULL, found NOT NULL; remedy: \
         ALTER TABLE \"clients\" ALTER COLUMN \"notes\" DROP NOT NULL",
    ),
    (
        "ALTER DOMAIN fieldseal_text_column DROP CONSTRAINT fieldseal_text_column_cell",
        "remarks.body: expected a valid CHECK of its cells, found none; remedy: give the domain fieldseal_text_column",
    ),
    (
        "DROP INDEX clients_email_term_idx",
        "clients.email_term: expected a unique index on (email_term, firm_id), found none; remedy: \
         CREATE UNIQUE INDEX \"clients_email_term_idx\" ON \"clients\" (\"email_term\", \"firm_id\");",
    ),
    (
        "DROP INDEX clients_email_term_idx; CREATE INDEX plain ON clients (email_term, firm_id)",
        "found plain on (email_term, firm_id), not unique, usable;",
    ),
    (
        "DROP INDEX clients_email_term_idx; CREATE UNIQUE INDEX other ON clients (email_term)",
        "clients.email_term: expected a unique index on (email_term, firm_id), found other on (email_term), unique, usable",
    ),
    (
        "DROP INDEX clients_login_term_idx; CREATE UNIQUE INDEX part ON clients (login_term) WHERE id > 0",
        "clients.login_term: expected a unique index on (login_term), found part on (login_term), unique, partial",
    ),
    (
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'clients_city_term_idx'::regclass",
        "clients.city_term: expected an index that begins with city_term, found clients_city_term_idx on (city_term), \
         not unique, invalid",
    ),
    (
        "DROP TRIGGER zzz_fieldseal_guard ON clients",
        "clients: expected the trigger zzz_fieldseal_guard BEFORE UPDATE, found none; remedy: run the guard's statements",
    ),
    (
        "DROP TRIGGER zzz_fieldseal_proposed ON remarks",
        "remarks: expected the trigger zzz_fieldseal_proposed BEFORE INSERT, found none",
    ),
    (
        "ALTER TABLE clients DISABLE TRIGGER zzz_fieldseal_guard",
        "clients: expected the trigger zzz_fieldseal_guard BEFORE UPDATE, enabled ALWAYS, found it enabled: disabled; \
         remedy: ALTER TABLE \"clients\" ENABLE ALWAYS TRIGGER \"zzz_fieldseal_guard\";",
    ),
    ("ALTER TABLE clients ENABLE TRIGGER zzz_fieldseal_guard", "found it enabled: not always"),
    ("ALTER TABLE office.\"Our settings\" ENABLE REPLICA TRIGGER zzz_fieldseal_guard", "office.Our settings: expected"),
    (
        "CREATE OR REPLACE FUNCTION clients_fieldseal_guard() RETURNS trigger LANGUAGE plpgsql AS \
         'BEGIN RETURN NEW; END'",
        "clients: expected the trigger zzz_fieldseal_guard BEFORE UPDATE, found another one, or one of another release",
    ),
    (
        "DROP TRIGGER zzz_fieldseal_guard ON clients; CREATE TRIGGER zzz_fieldseal_guard BEFORE UPDATE ON clients \
         FOR EACH ROW WHEN (false) EXECUTE FUNCTION clients_fieldseal_guard()",
        "found another one, or one of another release",
    ),
    (
        "CREATE TRIGGER zzzz BEFORE UPDATE ON clients FOR EACH ROW EXECUTE FUNCTION clients_fieldseal_guard()",
        "clients: expected no trigger BEFORE UPDATE that sorts behind zzz_fieldseal_guard, found zzzz; remedy: rename zzzz",
    ),
];

#[test]
fn a_migrated_database_differs_in_nothing() {
    let live = Live::postgres();
    vault().check_schema(&mut PgConnection::establish(&live.url()).unwrap()).unwrap();
}

#[test]
fn each_difference_is_named() {
    let live = Live::postgres();
    let mut conn = PgConnection::establish(&live.url()).unwrap();
    let vault = vault();
    for (breaking, expected) in BREAKS {
        conn.batch_execute(&format!("BEGIN; {breaking}")).unwrap_or_else(|error| panic!("{breaking}: {error}"));
        let error = vault.check_schema(&mut conn).expect_err(breaking);
        assert!(error.to_string().contains(expected), "{breaking}\n{error}");
        conn.batch_execute("ROLLBACK").unwrap();
    }
    vault.check_schema(&mut conn).unwrap();
}

#[test]
fn other_indexes_and_triggers_may_do_as_well() {
    let live = Live::postgres();
    let mut conn = PgConnection::establish(&live.url()).unwrap();
    conn.batch_execute(
        "DROP INDEX clients_email_term_idx;
        CREATE UNIQUE INDEX one ON clients (firm_id, email_term);
        CREATE INDEX two ON clients USING hash (email_term);
        CREATE TRIGGER aaa BEFORE UPDATE ON clients FOR EACH ROW EXECUTE FUNCTION clients_fieldseal_guard();
        CREATE TRIGGER zzzz AFTER UPDATE ON clients FOR EACH ROW EXECUTE FUNCTION clients_fieldseal_guard();",
    )
    .unwrap();
    vault().check_schema(&mut conn).unwrap();
}

#[test]
fn every_difference_has_a_line() {
    let database = crate::support::postgres::server().database("empty");
    let mut conn = PgConnection::establish(&database.url()).unwrap();
    let error = vault().check_schema(&mut conn).unwrap_err();
    assert_eq!(error.code(), "schema.differs");
    assert_eq!(error.to_string().lines().count(), 1 + 3, "{error}");
    let SchemaError::Differs(differences) = error else { panic!("{error}") };
    let tables: Vec<_> = differences.iter().map(|difference| difference.table).collect();
    assert_eq!(tables, ["clients", "office.Our settings", "remarks"]);
}

#[test]
fn the_search_path_finds_the_table() {
    let live = Live::postgres();
    let mut conn = PgConnection::establish(&live.url()).unwrap();
    conn.batch_execute("CREATE SCHEMA away; SET search_path = away").unwrap();
    assert!(vault().check_schema(&mut conn).unwrap_err().to_string().contains("clients: expected a table"));
}

#[test]
fn pooled_connections_are_checked() {
    let live = Live::postgres();
    let pool = Pool::builder().max_size(1).build(ConnectionManager::<PgConnection>::new(live.url())).unwrap();
    vault().check_schema(&mut pool.get().unwrap()).unwrap();
}

#[test]
fn async_connections_are_checked() {
    let (live, vault) = (Live::postgres(), vault());
    run(async move {
        let mut conn = AsyncPgConnection::establish(&live.url()).await.unwrap();
        vault.check_schema_async(&mut conn).await.unwrap();
    });
}

#[test]
fn async_pools_are_checked() {
    let (live, vault) = (Live::postgres(), vault());
    run(async move {
        let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new(live.url());
        let pool = deadpool::Pool::builder(manager).build().unwrap();
        vault.check_schema_async(&mut pool.get().await.unwrap()).await.unwrap();
    });
}

/// Runs a future that is to be `Send`, as services spawn them.
pub(super) fn run(future: impl Future<Output = ()> + Send + 'static) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(runtime.spawn(future)).unwrap();
}

//! The check on SQLite: each way that a database can differ is named.

use diesel::SqliteConnection;
use diesel::connection::SimpleConnection as _;
use diesel_async::AsyncConnection as _;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use fieldseal::schema::{Backend, migration};

use super::check_postgres::{run, vault};
use super::live::Live;
use super::{Client, TABLES};

/// Statements that break the schema, and the difference that the check then finds.
const BREAKS: &[(&str, &str)] = &[
    ("DROP TABLE clients", "clients: expected a table, found none; remedy: create it"),
    (
        "DROP TABLE clients; CREATE VIEW clients AS SELECT 1 AS email",
        "clients: expected a table, found something else of that name",
    ),
    (
        "DROP INDEX clients_city_term_idx; DROP TRIGGER clients_fieldseal_guard; DROP TRIGGER clients_fieldseal_proposed; \
         ALTER TABLE clients DROP COLUMN city_term; ALTER TABLE clients DROP COLUMN notes",
        "clients.notes: expected a column of type BLOB, found none; remedy: ALTER TABLE \"clients\" ADD COLUMN \"notes\" \
         BLOB CONSTRAINT \"clients_notes_cell\" CHECK (",
    ),
    (
        "DROP INDEX clients_city_term_idx; DROP TRIGGER clients_fieldseal_guard; DROP TRIGGER clients_fieldseal_proposed; \
         ALTER TABLE clients DROP COLUMN city_term",
        "clients.city_term: expected a column of type BLOB, found none",
    ),
    ("DROP TABLE remarks; CREATE TABLE remarks (body TEXT)", "remarks.body: expected type BLOB, found type TEXT"),
    ("DROP TABLE remarks; CREATE TABLE remarks (body BLOB)", "remarks.body: expected NOT NULL, found NULL"),
    (
        "DROP TABLE remarks; CREATE TABLE remarks (body BLOB NOT NULL)",
        "remarks.body: expected a valid CHECK of its cells, found none; remedy: give the table the CHECK",
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
        "DROP INDEX clients_login_term_idx; CREATE UNIQUE INDEX part ON clients (login_term) WHERE id > 0",
        "found part on (login_term), unique, partial",
    ),
    (
        "DROP TRIGGER clients_fieldseal_guard",
        "clients: expected the trigger clients_fieldseal_guard BEFORE UPDATE, found none; remedy: run the guard's",
    ),
    (
        "DROP TRIGGER office.\"Our settings_fieldseal_proposed\"",
        "office.Our settings: expected the trigger Our settings_fieldseal_proposed BEFORE INSERT, found none",
    ),
    (
        "DROP TRIGGER clients_fieldseal_guard; CREATE TRIGGER clients_fieldseal_guard BEFORE UPDATE ON clients \
         BEGIN SELECT 1; END",
        "clients: expected the trigger clients_fieldseal_guard BEFORE UPDATE, found another one, or one of another release",
    ),
    (
        "DROP TABLE fieldseal_proposed",
        "clients: expected a table fieldseal_proposed beside it, found none; remedy: CREATE",
    ),
];

#[test]
fn each_difference_is_named() {
    let Live::Sqlite(mut conn) = Live::sqlite() else { unreachable!() };
    let vault = vault();
    vault.check_schema(&mut conn).unwrap();
    for (breaking, expected) in BREAKS {
        conn.batch_execute(&format!("BEGIN; {breaking}")).unwrap_or_else(|error| panic!("{breaking}: {error}"));
        let error = vault.check_schema(&mut conn).expect_err(breaking);
        assert!(error.to_string().contains(expected), "{breaking}\n{error}");
        conn.batch_execute("ROLLBACK").unwrap();
    }
    vault.check_schema(&mut conn).unwrap();
}

#[test]
fn async_connections_are_checked() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("clients.db").to_str().unwrap().to_owned();
    let mut conn = crate::support::sqlite::open(file.as_ref());
    let plain: String = TABLES.lines().filter(|line| line.contains("clients")).collect();
    conn.batch_execute(&plain).unwrap();
    conn.batch_execute(&migration::<Client>(Backend::Sqlite).up).unwrap();
    let vault = fieldseal::testing::vault();
    vault.register::<Client>().unwrap();
    run(async move {
        let mut conn = SyncConnectionWrapper::<SqliteConnection>::establish(&file).await.unwrap();
        vault.check_schema_async(&mut conn).await.unwrap();
    });
}

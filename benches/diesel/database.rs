//! A database of either kind with both tables in it.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection, select};
use fieldseal::schema::{Backend, migration};

use crate::cpu::Cpu;
use crate::support::postgres as servers;
use crate::tables::Client;

/// A connection, and what measures it.
pub(crate) struct Database<C> {
    pub(crate) conn: C,
    pub(crate) cpu: Cpu,
    /// The statement that empties both tables.
    pub(crate) empty: &'static str,
    _files: Option<tempfile::TempDir>,
}

diesel::define_sql_function! {
    /// The server's process for this connection.
    fn pg_backend_pid() -> diesel::sql_types::Integer;
}

/// A database of the bench's own on the tests' server.
pub(crate) fn server() -> servers::Database {
    servers::server().database("bench")
}

pub(crate) fn postgres(database: &servers::Database) -> Database<PgConnection> {
    // Past the watch of the tests, which reads along.
    let url = servers::database::with_database(servers::server().direct_url(), database.name());
    let mut conn = PgConnection::establish(&url).expect("the database was created now");
    // Whether its own housekeeping runs meanwhile is up to chance.
    create(&mut conn, Backend::Postgres, " WITH (autovacuum_enabled = off)");
    let pid: i32 = select(pg_backend_pid()).get_result(&mut conn).expect("the server knows its process");
    let cpu = Cpu::with_server(pid, || {
        conn.batch_execute("SELECT sum(n) FROM generate_series(1, 1000000) AS n").expect("the server counts");
    });
    Database { conn, cpu, empty: "TRUNCATE plain_clients, clients", _files: None }
}

/// A file in write-ahead mode, as services configure it.
pub(crate) fn sqlite() -> Database<SqliteConnection> {
    let files = tempfile::tempdir().expect("there is room for a database");
    let path = files.path().join("bench.db");
    let mut conn = SqliteConnection::establish(&path.to_string_lossy()).expect("the directory is writable");
    conn.batch_execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL").expect("SQLite knows these");
    create(&mut conn, Backend::Sqlite, "");
    let empty = "DELETE FROM plain_clients; DELETE FROM clients";
    Database { conn, cpu: Cpu::of_this_process(), empty, _files: Some(files) }
}

fn create(conn: &mut impl SimpleConnection, backend: Backend, options: &str) {
    let plain = format!(
        "CREATE TABLE plain_clients (id bigint PRIMARY KEY, firm_id bigint NOT NULL, email text NOT NULL, \
         notes text NOT NULL){options};
         CREATE INDEX plain_clients_email_idx ON plain_clients (email);
         CREATE TABLE clients (id bigint PRIMARY KEY, firm_id bigint NOT NULL){options};"
    );
    conn.batch_execute(&plain).expect("the database is empty");
    conn.batch_execute(&migration::<Client>(backend).up).expect("the printed migration runs");
}

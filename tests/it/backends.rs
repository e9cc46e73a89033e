//! One suite of cases over every connection type that Diesel users have.
//!
//! A case is written once, under `cases/`, as if for `diesel_async`. Each backend's module compiles the cases again with
//! its own `Conn`, `RunQueryDsl` and macros: `go!` awaits, or does not.

use std::any::Any;

use diesel::prelude::*;
use fieldseal::schema::Backend;

use crate::models::create_tables;
use crate::support::postgres::{self, Database};

mod asynchronous;
mod blocking;
mod copy;
mod oracle;
mod uuid_keys;

/// A connection to a database of its own that holds the suite's tables.
pub(crate) struct Db<C> {
    // Dropped in this order: a database goes once nobody is connected to it.
    pub(crate) conn: C,
    _pool: Option<Box<dyn Any>>,
    _database: Option<Database>,
}

impl<C> Db<C> {
    fn postgres(conn: C, pool: Option<Box<dyn Any>>, database: Database) -> Self {
        Self { conn, _pool: pool, _database: Some(database) }
    }

    fn sqlite(conn: C) -> Self {
        Self { conn, _pool: None, _database: None }
    }
}

/// A database with the suite's tables.
pub(crate) fn postgres_database(hint: &str) -> Database {
    let database = postgres::server().database(hint);
    let mut conn = PgConnection::establish(&database.url()).unwrap();
    make_tables(&mut conn, Backend::Postgres);
    database
}

/// The suite's tables in memory.
pub(crate) fn sqlite_database() -> SqliteConnection {
    let mut conn = crate::support::sqlite::memory();
    make_tables(&mut conn, Backend::Sqlite);
    conn
}

pub(crate) fn make_tables<C: diesel::connection::SimpleConnection>(conn: &mut C, backend: Backend) {
    conn.batch_execute(&create_tables(backend)).unwrap();
}

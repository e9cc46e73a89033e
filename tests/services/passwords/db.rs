//! One connection type over the databases that the service runs on.

use std::path::PathBuf;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::r2d2::{self, ConnectionManager, CustomizeConnection, Pool, PooledConnection};
use diesel_migrations::{FileBasedMigrations, MigrationHarness as _};

// The URL is tried in this order: SQLite takes any text for the name of a file.
fieldseal::multi_connection!(
    pub(crate) enum DbConn {
        Postgresql(PgConnection),
        #[cfg(mysql)]
        Mysql(MysqlConnection),
        Sqlite(SqliteConnection),
    }
);

pub(crate) type PoolError = ::r2d2::Error;
pub(crate) type Pooled = PooledConnection<ConnectionManager<DbConn>>;

/// Runs a block over the connection in use, named as the variable: the first on SQLite and MySQL, which know
/// `REPLACE INTO`, the second on PostgreSQL, which knows `ON CONFLICT`.
macro_rules! db_run {
    ($conn:ident: sqlite, mysql $replace:block postgresql $conflict:block) => {
        match $conn {
            $crate::passwords::db::DbConn::Sqlite($conn) => $replace,
            #[cfg(mysql)]
            $crate::passwords::db::DbConn::Mysql($conn) => $replace,
            $crate::passwords::db::DbConn::Postgresql($conn) => $conflict,
        }
    };
}
pub(crate) use db_run;

pub(crate) struct DbPool(Pool<ConnectionManager<DbConn>>);

impl DbPool {
    /// Connects and brings the tables up to date.
    pub(crate) fn open(url: &str) -> Result<Self, PoolError> {
        let manager = ConnectionManager::new(url);
        let pool = Pool::builder().max_size(2).connection_customizer(Box::new(Options)).build(manager)?;
        migrate(&mut *pool.get()?);
        Ok(Self(pool))
    }

    pub(crate) fn get(&self) -> Result<Pooled, PoolError> {
        self.0.get()
    }
}

/// What SQLite leaves off unless it is told.
#[derive(Debug)]
struct Options;

impl CustomizeConnection<DbConn, r2d2::Error> for Options {
    fn on_acquire(&self, conn: &mut DbConn) -> Result<(), r2d2::Error> {
        let DbConn::Sqlite(conn) = conn else { return Ok(()) };
        let options = "PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; PRAGMA journal_mode = WAL;";
        conn.batch_execute(options).map_err(r2d2::Error::QueryError)
    }
}

fn migrate(conn: &mut DbConn) {
    let run = match conn {
        DbConn::Postgresql(conn) => conn.run_pending_migrations(migrations("postgresql")).map(drop),
        #[cfg(mysql)]
        DbConn::Mysql(conn) => conn.run_pending_migrations(migrations("mysql")).map(drop),
        DbConn::Sqlite(conn) => conn.run_pending_migrations(migrations("sqlite")).map(drop),
    };
    run.unwrap_or_else(|error| panic!("the service does not start on old tables: {error}"));
}

pub(super) fn migrations(database: &str) -> FileBasedMigrations {
    let there = PathBuf::from("tests/services/passwords/migrations").join(database);
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let found = here.ancestors().map(|directory| directory.join(&there)).find(|path| path.is_dir());
    FileBasedMigrations::from_path(found.unwrap_or(there)).expect("the migrations come with the service")
}

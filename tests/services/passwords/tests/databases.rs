//! A service on an empty database of each kind.

use crate::passwords::db::{DbConn, DbPool};
use crate::support::postgres;
use crate::vault;

/// Runs a test on each database.
pub(super) fn on_each(test: impl Fn(&mut DbConn)) {
    vault::installed();
    on_sqlite(&test);
    on_postgresql(&test);
    #[cfg(mysql)]
    on_mysql(&test);
}

fn on_sqlite(test: &impl Fn(&mut DbConn)) {
    let directory = tempfile::tempdir().unwrap();
    let pool = DbPool::open(directory.path().join("passwords.db").to_str().unwrap()).unwrap();
    let mut conn = pool.get().unwrap();
    assert!(matches!(*conn, DbConn::Sqlite(_)));
    test(&mut conn);
}

fn on_postgresql(test: &impl Fn(&mut DbConn)) {
    let database = postgres::server().database("passwords");
    let pool = DbPool::open(&database.url()).unwrap();
    let mut conn = pool.get().unwrap();
    assert!(matches!(*conn, DbConn::Postgresql(_)));
    test(&mut conn);
}

#[cfg(mysql)]
fn on_mysql(test: &impl Fn(&mut DbConn)) {
    let database = crate::mariadb::database("passwords");
    let pool = DbPool::open(database.url()).unwrap();
    let mut conn = pool.get().unwrap();
    assert!(matches!(*conn, DbConn::Mysql(_)));
    test(&mut conn);
}

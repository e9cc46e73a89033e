//! `SqliteConnection` behind diesel-async's wrapper.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;

use crate::backends::{Db, sqlite_database};

type Conn = SyncConnectionWrapper<SqliteConnection>;

async fn open() -> Db<Conn> {
    Db::sqlite(SyncConnectionWrapper::new(sqlite_database()))
}

/// Inserts rows one by one: diesel-async has no batch insert on SQLite.
macro_rules! insert_all {
    ($conn:expr, $table:expr, $rows:expr) => {{
        let mut inserted = 0;
        for row in $rows {
            inserted += diesel::insert_into($table).values(row).execute($conn).await.unwrap();
        }
        inserted
    }};
}

#[path = "../cases/all.rs"]
#[expect(clippy::duplicate_mod, reason = "the cases are compiled for each backend")]
mod cases;

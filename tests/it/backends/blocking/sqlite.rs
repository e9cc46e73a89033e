//! `SqliteConnection`.

use diesel::prelude::*;

use crate::backends::{Db, sqlite_database};

type Conn = SqliteConnection;

async fn open() -> Db<Conn> {
    Db::sqlite(sqlite_database())
}

#[path = "../cases/all.rs"]
#[expect(clippy::duplicate_mod, reason = "the cases are compiled for each backend")]
mod cases;

//! SQLite behind `MultiConnection`.

use diesel::prelude::*;

use crate::backends::{Db, sqlite_database};
use crate::multi::AnyConnection;

type Conn = AnyConnection;

async fn open() -> Db<Conn> {
    Db::sqlite(AnyConnection::Sqlite(sqlite_database()))
}

#[path = "../../cases/portable.rs"]
#[expect(clippy::duplicate_mod, reason = "the cases are compiled for each backend")]
mod cases;

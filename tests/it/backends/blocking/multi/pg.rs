//! PostgreSQL behind `MultiConnection`.

use diesel::prelude::*;

use crate::backends::{Db, postgres_database};
use crate::multi::AnyConnection;

type Conn = AnyConnection;

async fn open() -> Db<Conn> {
    let database = postgres_database("multi");
    Db::postgres(AnyConnection::establish(&database.url()).unwrap(), None, database)
}

#[path = "../../cases/portable.rs"]
#[expect(clippy::duplicate_mod, reason = "the cases are compiled for each backend")]
mod cases;

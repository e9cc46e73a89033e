//! `PgConnection`.

use diesel::prelude::*;

use crate::backends::{Db, postgres_database};

type Conn = PgConnection;

async fn open() -> Db<Conn> {
    let database = postgres_database("pg");
    Db::postgres(PgConnection::establish(&database.url()).unwrap(), None, database)
}

#[path = "../cases/all.rs"]
#[expect(clippy::duplicate_mod, reason = "the cases are compiled for each backend")]
mod cases;

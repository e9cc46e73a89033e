//! `PgConnection` from an r2d2 pool.

use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool, PooledConnection};

use crate::backends::{Db, postgres_database};

type Conn = PooledConnection<ConnectionManager<PgConnection>>;

async fn open() -> Db<Conn> {
    let database = postgres_database("r2d2");
    let pool = Pool::builder().max_size(1).build(ConnectionManager::new(database.url())).unwrap();
    Db::postgres(pool.get().unwrap(), Some(Box::new(pool)), database)
}

#[path = "../cases/all.rs"]
#[expect(clippy::duplicate_mod, reason = "the cases are compiled for each backend")]
mod cases;

//! `AsyncPgConnection` from a deadpool pool.

use diesel::prelude::*;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::backends::{Db, postgres_database};

type Conn = Object<AsyncPgConnection>;

async fn open() -> Db<Conn> {
    let database = postgres_database("deadpool");
    let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new(database.url());
    let pool = Pool::builder(manager).max_size(1).build().unwrap();
    Db::postgres(pool.get().await.unwrap(), Some(Box::new(pool)), database)
}

#[path = "../cases/all.rs"]
#[expect(clippy::duplicate_mod, reason = "the cases are compiled for each backend")]
mod cases;

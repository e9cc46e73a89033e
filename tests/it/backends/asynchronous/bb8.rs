//! `AsyncPgConnection` from a bb8 pool.

use diesel::prelude::*;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::pooled_connection::bb8::{Pool, PooledConnection};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::backends::{Db, postgres_database};

type Conn = PooledConnection<'static, AsyncPgConnection>;

async fn open() -> Db<Conn> {
    let database = postgres_database("bb8");
    let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new(database.url());
    let pool = Pool::builder().max_size(1).build(manager).await.unwrap();
    Db::postgres(pool.get_owned().await.unwrap(), Some(Box::new(pool)), database)
}

#[path = "../cases/all.rs"]
#[expect(clippy::duplicate_mod, reason = "the cases are compiled for each backend")]
mod cases;

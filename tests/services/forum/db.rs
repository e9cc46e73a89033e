//! The connection pool, the schema's migrations and the SQL functions that Diesel does not know.

use diesel::QueryResult;
use diesel::sql_types::{Nullable, Text};
use diesel_async::pooled_connection::bb8::Pool;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, PoolError};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};

pub type DbPool = Pool<AsyncPgConnection>;

#[diesel::declare_sql_function]
extern "SQL" {
    fn lower(text: Nullable<Text>) -> Nullable<Text>;
}

const MIGRATIONS: [&str; 4] = [
    include_str!("migrations/2023-06-11-120000_create_person/up.sql"),
    include_str!("migrations/2023-06-20-080000_create_registration/up.sql"),
    include_str!("migrations/2023-07-02-180000_create_private_message/up.sql"),
    include_str!("migrations/2026-02-01-090000_seal_fields/up.sql"),
];

pub async fn pool(url: &str, size: u32) -> Result<DbPool, PoolError> {
    Pool::builder().max_size(size).build(AsyncDieselConnectionManager::new(url)).await
}

pub async fn migrate(conn: &mut AsyncPgConnection) -> QueryResult<()> {
    conn.batch_execute(&MIGRATIONS.concat()).await
}

//! The connection pool and the schema's migrations.

use diesel::QueryResult;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::pooled_connection::deadpool::{BuildError, Pool};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};

pub type DbPool = Pool<AsyncPgConnection>;

pub const MIGRATIONS: [&str; 4] = [
    include_str!("migrations/2024-03-01-090000_create_users/up.sql"),
    include_str!("migrations/2024-03-02-101500_create_crates/up.sql"),
    include_str!("migrations/2024-09-11-083000_create_oauth_github/up.sql"),
    include_str!("migrations/2025-02-10-140000_seal_tokens_and_addresses/up.sql"),
];

pub fn pool(url: &str, size: usize) -> Result<DbPool, BuildError> {
    Pool::builder(AsyncDieselConnectionManager::new(url)).max_size(size).build()
}

pub async fn migrate(conn: &mut AsyncPgConnection) -> QueryResult<()> {
    conn.batch_execute(&MIGRATIONS.concat()).await
}

//! Diesel backends whose databases can be checked.

use diesel::backend::Backend as DieselBackend;
use diesel::connection::LoadConnection;
use diesel::result::QueryResult;

use super::Backend;
use super::facts::Fact;

/// A Diesel backend that [`Vault::check_schema`](crate::Vault::check_schema) knows: PostgreSQL and SQLite.
pub trait SchemaBackend: DieselBackend + sealed::Sealed {
    /// The database.
    const BACKEND: Backend;

    #[doc(hidden)]
    fn load<C: LoadConnection<Backend = Self>>(conn: &mut C, query: String) -> QueryResult<Vec<Fact>>;

    #[cfg(feature = "async")]
    #[doc(hidden)]
    fn load_async<C: diesel_async::AsyncConnectionCore<Backend = Self>>(
        conn: &mut C,
        query: String,
    ) -> impl Future<Output = QueryResult<Vec<Fact>>> + Send;
}

mod sealed {
    pub trait Sealed {}
}

#[cfg(any(feature = "postgres", feature = "sqlite"))]
macro_rules! schema_backend {
    ($diesel:ty, $backend:expr) => {
        impl sealed::Sealed for $diesel {}

        impl SchemaBackend for $diesel {
            const BACKEND: Backend = $backend;

            fn load<C: LoadConnection<Backend = Self>>(conn: &mut C, query: String) -> QueryResult<Vec<Fact>> {
                diesel::RunQueryDsl::load(diesel::sql_query(query), conn)
            }

            #[cfg(feature = "async")]
            async fn load_async<C: diesel_async::AsyncConnectionCore<Backend = Self>>(
                conn: &mut C,
                query: String,
            ) -> QueryResult<Vec<Fact>> {
                diesel_async::RunQueryDsl::load(diesel::sql_query(query), conn).await
            }
        }
    };
}

#[cfg(feature = "postgres")]
schema_backend!(diesel::pg::Pg, Backend::Postgres);
#[cfg(feature = "sqlite")]
schema_backend!(diesel::sqlite::Sqlite, Backend::Sqlite);

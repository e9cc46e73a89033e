//! Diesel backends whose databases can be checked.

use diesel::QueryResult;
use diesel::backend::Backend as DieselBackend;
use diesel::connection::LoadConnection;

use super::Backend;
use super::facts::Fact;

/// A Diesel backend that [`Vault::check_schema`](crate::Vault::check_schema) knows: PostgreSQL, SQLite, and that of
/// [`multi_connection!`](crate::multi_connection).
pub trait SchemaBackend: DieselBackend {
    /// The database behind the connection; none if it can't be checked.
    #[doc(hidden)]
    fn database<C: LoadConnection<Backend = Self>>(conn: &mut C) -> QueryResult<Option<Backend>>;

    #[doc(hidden)]
    fn load<C: LoadConnection<Backend = Self>>(conn: &mut C, query: String) -> QueryResult<Vec<Fact>>;
}

/// A Diesel backend of one database that can be checked: PostgreSQL and SQLite.
pub trait SingleBackend: DieselBackend + sealed::Sealed {
    /// The database.
    const BACKEND: Backend;

    #[doc(hidden)]
    fn load_facts<C: LoadConnection<Backend = Self>>(conn: &mut C, query: String) -> QueryResult<Vec<Fact>>;

    #[cfg(feature = "async")]
    #[doc(hidden)]
    fn load_async<C: diesel_async::AsyncConnectionCore<Backend = Self>>(
        conn: &mut C,
        query: String,
    ) -> impl Future<Output = QueryResult<Vec<Fact>>> + Send;
}

impl<DB: SingleBackend> SchemaBackend for DB {
    fn database<C: LoadConnection<Backend = Self>>(_: &mut C) -> QueryResult<Option<Backend>> {
        Ok(Some(DB::BACKEND))
    }

    fn load<C: LoadConnection<Backend = Self>>(conn: &mut C, query: String) -> QueryResult<Vec<Fact>> {
        DB::load_facts(conn, query)
    }
}

mod sealed {
    pub trait Sealed {}
}

#[cfg(any(feature = "postgres", feature = "sqlite"))]
macro_rules! single_backend {
    ($diesel:ty, $backend:expr) => {
        impl sealed::Sealed for $diesel {}

        impl SingleBackend for $diesel {
            const BACKEND: Backend = $backend;

            fn load_facts<C: LoadConnection<Backend = Self>>(conn: &mut C, query: String) -> QueryResult<Vec<Fact>> {
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
single_backend!(diesel::pg::Pg, Backend::Postgres);
#[cfg(feature = "sqlite")]
single_backend!(diesel::sqlite::Sqlite, Backend::Sqlite);

//! Which database a connection of several backends speaks to.

use diesel::backend::Backend as DieselBackend;
use diesel::connection::LoadConnection;
use diesel::deserialize::FromSql;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Text, Untyped};
use diesel::{QueryResult, QueryableByName, RunQueryDsl};

use super::Backend;

const POSTGRES: &str = "postgres";
const SQLITE: &str = "sqlite";

/// A query of the database's name. Each Diesel backend words it, so that the one in use is the one that answers: a
/// connection may be wrapped by a pool, and then there is nothing to match on.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct WhichDatabase;

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Text)]
    name: String,
}

impl WhichDatabase {
    /// The database behind the connection; none if it can't be checked.
    ///
    /// # Errors
    /// The query's.
    pub fn ask<C>(conn: &mut C) -> QueryResult<Option<Backend>>
    where
        C: LoadConnection<Backend: 'static>,
        Self: QueryFragment<C::Backend>,
        String: FromSql<Text, C::Backend>,
    {
        let answer: Answer = Self.get_result(conn)?;
        Ok(match &*answer.name {
            POSTGRES => Some(Backend::Postgres),
            SQLITE => Some(Backend::Sqlite),
            _ => None,
        })
    }
}

impl Query for WhichDatabase {
    type SqlType = Untyped;
}

impl QueryId for WhichDatabase {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C> RunQueryDsl<C> for WhichDatabase {}

/// A Diesel backend that a variant of [`multi_connection!`](crate::multi_connection) may have.
#[diagnostic::on_unimplemented(
    message = "fieldseal does not know the Diesel backend `{Self}`",
    note = "turn on fieldseal's feature for each variant of `multi_connection!`: `postgres`, `sqlite`, `mysql`"
)]
pub trait NamedBackend: DieselBackend {
    #[doc(hidden)]
    const NAME: &'static str;
}

#[cfg(feature = "postgres")]
impl NamedBackend for diesel::pg::Pg {
    const NAME: &'static str = POSTGRES;
}

#[cfg(feature = "sqlite")]
impl NamedBackend for diesel::sqlite::Sqlite {
    const NAME: &'static str = SQLITE;
}

#[cfg(feature = "mysql")]
impl NamedBackend for diesel::mysql::Mysql {
    const NAME: &'static str = "mysql";
}

impl<DB: NamedBackend> QueryFragment<DB> for WhichDatabase {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("SELECT '");
        out.push_sql(DB::NAME);
        out.push_sql("' AS name");
        Ok(())
    }
}

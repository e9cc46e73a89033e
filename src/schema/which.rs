//! Which database a connection of several backends speaks to.

use diesel::connection::LoadConnection;
use diesel::deserialize::FromSql;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Text, Untyped};
use diesel::{QueryResult, QueryableByName, RunQueryDsl};

use super::Backend;
use crate::sql::Dialect;

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
            "postgres" => Some(Backend::Postgres),
            "sqlite" => Some(Backend::Sqlite),
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

impl<DB: Dialect> QueryFragment<DB> for WhichDatabase {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.unsafe_to_cache_prepared();
        out.push_sql("SELECT '");
        out.push_sql(DB::NAME);
        out.push_sql("' AS name");
        Ok(())
    }
}

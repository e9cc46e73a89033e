//! An assignment that is none.

use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::insertable::CanInsertInSingleQuery;
use diesel::query_builder::{AsChangeset, AstPass, QueryFragment, QueryId};
use diesel::query_source::QuerySource;
use diesel::result::QueryResult;

/// No assignment to the table: the firm of models that have no column for it, or that have it in their row key.
#[derive(Debug, Clone, Copy)]
pub struct NoChange<Table>(PhantomData<Table>);

impl<Table: QuerySource> AsChangeset for NoChange<Table> {
    type Target = Table;
    type Changeset = Self;

    fn as_changeset(self) -> Self {
        self
    }
}

impl<Table: QueryId> QueryId for NoChange<Table> {
    type QueryId = NoChange<Table::QueryId>;

    const HAS_STATIC_QUERY_ID: bool = Table::HAS_STATIC_QUERY_ID;
}

impl<Table, DB: Backend> QueryFragment<DB> for NoChange<Table> {
    fn walk_ast<'b>(&'b self, _: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        Ok(())
    }
}

/// In place of the values of what can't be inserted: nothing else is said of them than that.
impl<Table, DB: Backend> CanInsertInSingleQuery<DB> for NoChange<Table> {
    fn rows_to_insert(&self) -> Option<usize> {
        Some(0)
    }
}

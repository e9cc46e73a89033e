//! One page of a lookup: what its query filters and limits by.

use diesel::ExpressionMethods;
use diesel::backend::Backend;
use diesel::dsl::Gt;
use diesel::expression::{AppearsOnTable, AsExpression, Expression, SelectableExpression, ValidGrouping};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::query_dsl::methods::{FilterDsl, LimitDsl, OrderDsl};
use diesel::result::QueryResult;
use diesel::sql_types::{Bool, SqlType};

use crate::model::handle::IndexedColumn;
use crate::model::transit::Unsealed;
use crate::sql::Term;

/// What the query of one page filters and limits by.
pub struct Page<C: IndexedColumn, K> {
    terms: Vec<Term<C::Form>>,
    unsealed: Unsealed,
    after: Option<K>,
    size: usize,
}

impl<C: IndexedColumn, K: Clone> Page<C, K> {
    pub(super) fn new(terms: Vec<Term<C::Form>>, unsealed: Unsealed, after: Option<K>, size: usize) -> Self {
        Self { terms, unsealed, after, size }
    }

    /// `query`, narrowed to this page: its candidates behind the page before, in the order of `key`, as many as wanted.
    ///
    /// `key` is the column that [`Finder::by`](super::Finder::by) takes from a row. A query made by hand of the parts
    /// below must do all of it: without the order, rows would be left out unseen.
    pub fn of<Q, E, F, B, O>(&self, query: Q, key: E) -> O::Output
    where
        E: ExpressionMethods + Expression + Clone,
        E::SqlType: SqlType,
        K: AsExpression<E::SqlType>,
        Q: FilterDsl<C::Found, Output = F>,
        F: FilterDsl<After<Gt<E, K>>, Output = B>,
        B: OrderDsl<E, Output = O>,
        O: LimitDsl,
    {
        let behind = query.filter(self.candidates()).filter(self.after(key.clone()));
        behind.order(key).limit(self.size())
    }

    /// True of the rows whose term matches: those that equal, and, below 128 bits, some others. In transit also of rows that
    /// are not sealed yet and may equal.
    #[must_use]
    pub fn candidates(&self) -> C::Found {
        C::found(self.terms.clone(), self.unsealed.clone())
    }

    /// True of the rows behind the page before.
    #[must_use]
    pub fn after<E>(&self, key: E) -> After<Gt<E, K>>
    where
        E: ExpressionMethods + Expression,
        E::SqlType: SqlType,
        K: AsExpression<E::SqlType>,
    {
        After(self.after.clone().map(|after| key.gt(after)))
    }

    /// How many rows to load.
    #[must_use]
    pub fn size(&self) -> i64 {
        i64::try_from(self.size).unwrap_or(i64::MAX)
    }
}

/// `key > $1`, or nothing on the first page.
#[derive(Debug, Clone)]
pub struct After<E>(Option<E>);

impl<E: Expression> Expression for After<E> {
    type SqlType = Bool;
}

impl<E: ValidGrouping<G>, G> ValidGrouping<G> for After<E> {
    type IsAggregate = E::IsAggregate;
}

impl<E: AppearsOnTable<QS>, QS: ?Sized> AppearsOnTable<QS> for After<E> where Self: Expression {}

impl<E: SelectableExpression<QS>, QS: ?Sized> SelectableExpression<QS> for After<E> where Self: AppearsOnTable<QS> {}

// Two SQL texts: no static id, so no prepared statement is reused wrongly.
impl<E> QueryId for After<E> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<E: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for After<E> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        match &self.0 {
            Some(after) => after.walk_ast(pass),
            None => {
                pass.push_sql("1 = 1");
                Ok(())
            }
        }
    }
}

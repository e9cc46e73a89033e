//! A cell that the database stores only in the row that it was sealed for.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, AsExpression, Expression, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{SingleValue, SqlType};

use crate::sql::Word;

/// The value of an assignment to `column`: the cell, if the row is the one of the key and the firm. The statement fails
/// otherwise, and says why.
///
/// The key column itself is not assigned, so that one statement takes several of these.
#[derive(Debug, Clone, Copy)]
pub struct SealedFor<Column, Cell, Row, Firm> {
    column: Column,
    cell: Cell,
    row: Row,
    firm: Firm,
}

/// What [`SealedFor`] is made of a value.
pub type CellFor<Column, Value, Row, Firm> =
    SealedFor<Column, <Value as AsExpression<<Column as Expression>::SqlType>>::Expression, Row, Firm>;

/// A key column and the value of it.
pub type Is<Column, Value> = KeyIs<Column, <Value as AsExpression<<Column as Expression>::SqlType>>::Expression>;

/// A test of one column of the row key, byte by byte.
#[derive(Debug, Clone, Copy)]
pub struct KeyIs<Column, Value>(Column, Value);

/// A test of one column of the row key.
pub fn key_is<C, V>(column: C, value: V) -> Is<C, V>
where
    C: Expression<SqlType: SqlType>,
    V: AsExpression<C::SqlType>,
{
    KeyIs(column, value.as_expression())
}

/// The cell for the row that passes the tests.
pub fn cell_for<C, V, Row, Firm>(column: C, cell: V, row: Row, firm: Firm) -> CellFor<C, V, Row, Firm>
where
    C: Expression<SqlType: SqlType>,
    V: AsExpression<C::SqlType>,
{
    SealedFor { column, cell: cell.as_expression(), row, firm }
}

impl<C, Cell, Row, Firm> Expression for SealedFor<C, Cell, Row, Firm>
where
    C: Expression<SqlType: SingleValue>,
{
    type SqlType = C::SqlType;
}

impl<C, Cell, Row, Firm, Source> AppearsOnTable<Source> for SealedFor<C, Cell, Row, Firm>
where
    Self: Expression,
    C: AppearsOnTable<Source>,
{
}

impl<C, Cell, Row, Firm, By> ValidGrouping<By> for SealedFor<C, Cell, Row, Firm> {
    type IsAggregate = is_aggregate::No;
}

impl<C, Cell, Row, Firm> QueryId for SealedFor<C, Cell, Row, Firm> {
    type QueryId = ();

    // The firm is not always tested.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C, Cell, Row, Firm, DB> QueryFragment<DB> for SealedFor<C, Cell, Row, Option<Firm>>
where
    DB: Backend,
    C: QueryFragment<DB>,
    Cell: QueryFragment<DB>,
    Row: RowTest<DB>,
    Firm: QueryFragment<DB>,
    Word: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        if Row::IS_EMPTY && self.firm.is_none() {
            return self.cell.walk_ast(out);
        }
        out.push_sql("CASE WHEN ");
        self.row.walk(out.reborrow())?;
        if let Some(firm) = &self.firm {
            out.push_sql(if Row::IS_EMPTY { "" } else { " AND " });
            firm.walk_ast(out.reborrow())?;
        }
        out.push_sql(" THEN ");
        self.cell.walk_ast(out.reborrow())?;
        out.push_sql(" ELSE ");
        word(&Word::RefusalBefore, &mut out)?;
        self.column.walk_ast(out.reborrow())?;
        word(&Word::RefusalAfter, &mut out)?;
        out.push_sql(" END");
        Ok(())
    }
}

fn word<'b, DB>(word: &'b Word, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()>
where
    DB: Backend,
    Word: QueryFragment<DB>,
{
    word.walk_ast(out.reborrow())
}

/// Tests of the columns of a row key: a tuple of [`KeyIs`].
pub trait RowTest<DB: Backend> {
    /// Whether there are none, as for `row = none`.
    const IS_EMPTY: bool;

    /// Writes the tests, one `AND` the other.
    ///
    /// # Errors
    /// Diesel's.
    fn walk<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()>;
}

impl<DB, C, V> QueryFragment<DB> for KeyIs<C, V>
where
    DB: Backend,
    C: QueryFragment<DB>,
    V: QueryFragment<DB>,
    Word: QueryFragment<DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        word(&Word::BytewiseBefore, &mut out)?;
        self.0.walk_ast(out.reborrow())?;
        word(&Word::BytewiseAfter, &mut out)?;
        out.push_sql(" = ");
        word(&Word::BytewiseBefore, &mut out)?;
        self.1.walk_ast(out.reborrow())?;
        word(&Word::BytewiseAfter, &mut out)
    }
}

impl<DB: Backend> RowTest<DB> for () {
    const IS_EMPTY: bool = true;

    fn walk<'b>(&'b self, _: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        Ok(())
    }
}

macro_rules! row_tests {
    ($(($($part:ident $at:tt),+))+) => {$(
        impl<DB: Backend, $($part: QueryFragment<DB>),+> RowTest<DB> for ($($part,)+) {
            const IS_EMPTY: bool = false;

            fn walk<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
                $(
                    out.push_sql(if $at == 0 { "" } else { " AND " });
                    self.$at.walk_ast(out.reborrow())?;
                )+
                Ok(())
            }
        }
    )+};
}

row_tests! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
}

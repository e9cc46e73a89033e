//! Lookups of columns in transit: rows are found by their term, or by what their legacy column still holds.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, AsExpression, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::internal::derives::as_expression::Bound;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{Bool, Nullable, Text};
use zeroize::Zeroizing;

use super::legacy::{Legacy, LegacyBind};
use crate::index::Normalizer;
use crate::keys::live::LiveSlot;
use crate::model::error::LookupError;
use crate::model::handle::IndexedColumn;
use crate::model::stored::Plain;
use crate::sql::Word;

/// Which rows without a cell a lookup asks for.
#[doc(hidden)]
#[derive(Clone)]
pub enum Unsealed {
    /// None: there are none, or they are not read any more.
    Nothing,
    /// Those whose legacy column equals this stored form.
    Equal(Zeroizing<Vec<u8>>),
    /// Those whose legacy column is this but for ASCII case and white space, and all that are not ASCII.
    Folded(Zeroizing<String>),
    /// All whose legacy column is not NULL.
    All,
}

impl std::fmt::Debug for Unsealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unsealed(<redacted>)")
    }
}

/// Which rows a predicate has to ask for besides those of the term.
///
/// # Errors
/// [`LookupError::NoPhase`]; [`LookupError::InTransit`] where SQL can't tell which rows equal.
pub(in crate::model) fn to_compare<C: IndexedColumn>(
    slot: &LiveSlot,
    normalized: &Plain<'_>,
) -> Result<Unsealed, LookupError> {
    let Some(legacy) = C::column().schema.legacy else { return Ok(Unsealed::Nothing) };
    if !reads_plain::<C>(slot)? {
        return Ok(Unsealed::Nothing);
    }
    if legacy.custom || !C::EXACT || !matches!(C::index().normalizer, Normalizer::None) {
        let (table, column) = (C::column().model.table, C::column().schema.column);
        return Err(LookupError::InTransit { table, column });
    }
    Ok(Unsealed::Equal(Zeroizing::new(normalized.to_vec())))
}

/// Which rows a lookup that re-checks has to ask for besides those of the term: at least those that equal.
///
/// # Errors
/// [`LookupError::NoPhase`].
pub(in crate::model) fn to_find<C: IndexedColumn>(
    slot: &LiveSlot,
    normalized: &Plain<'_>,
) -> Result<Unsealed, LookupError> {
    let Some(legacy) = C::column().schema.legacy else { return Ok(Unsealed::Nothing) };
    if !reads_plain::<C>(slot)? {
        return Ok(Unsealed::Nothing);
    }
    Ok(if legacy.custom { Unsealed::All } else { superset(&C::index().normalizer, C::EXACT, normalized) })
}

fn reads_plain<C: IndexedColumn>(slot: &LiveSlot) -> Result<bool, LookupError> {
    let (table, column) = (C::column().model.table, C::column().schema.column);
    let phase = slot.phase(table, column).ok_or(LookupError::NoPhase { table, column })?;
    Ok(phase.reads_plain())
}

fn superset(normalizer: &Normalizer, exact: bool, normalized: &[u8]) -> Unsealed {
    match normalizer {
        Normalizer::None if exact => Unsealed::Equal(Zeroizing::new(normalized.to_vec())),
        Normalizer::Trim | Normalizer::Lowercase | Normalizer::Casefold | Normalizer::Email => {
            std::str::from_utf8(normalized).map_or(Unsealed::All, |text| Unsealed::Folded(folded(text)))
        }
        // A text may be normalized to these digits, or whatever it is, in ways that SQL does not know.
        Normalizer::None | Normalizer::Digits | Normalizer::Custom { .. } => Unsealed::All,
    }
}

/// ASCII without white space, in lower case: texts of ASCII alone that meet after normalizing are the same here. What is
/// [`Folded`](Unsealed::Folded) in SQL is told by the database's words in `sql::dialect`.
fn folded(text: &str) -> Zeroizing<String> {
    let dense = text.chars().filter(|c| !(c.is_ascii() && c.is_whitespace()));
    Zeroizing::new(dense.map(|c| c.to_ascii_lowercase()).collect())
}

/// True of the rows whose term matches, and of those without a cell whose legacy column does.
#[doc(hidden)]
#[derive(Debug, Clone)]
pub struct EqInTransit<Terms, Sealed, Legacy, Value> {
    terms: Terms,
    sealed: Sealed,
    legacy: Legacy,
    unsealed: Probe<Value>,
}

#[derive(Debug, Clone)]
enum Probe<Value> {
    Nothing,
    Equal(Value),
    Folded(Bound<Nullable<Text>, LegacyBind<String>>),
    All,
}

/// The predicate of these columns.
#[doc(hidden)]
pub fn eq_in_transit<L, Terms, Sealed, Column>(
    terms: Terms,
    sealed: Sealed,
    column: Column,
    unsealed: Unsealed,
) -> EqInTransit<Terms, Sealed, Column, <Legacy<L> as AsExpression<Column::SqlType>>::Expression>
where
    Column: Expression<SqlType: diesel::sql_types::SqlType>,
    Legacy<L>: AsExpression<Column::SqlType>,
{
    let unsealed = match unsealed {
        Unsealed::Nothing => Probe::Nothing,
        Unsealed::Equal(stored) => Probe::Equal(Legacy::of_bytes(stored).as_expression()),
        Unsealed::Folded(text) => Probe::Folded(Bound::new(LegacyBind::of(text.as_str().to_owned()))),
        Unsealed::All => Probe::All,
    };
    EqInTransit { terms, sealed, legacy: column, unsealed }
}

impl<Terms, Sealed, Legacy, Value> Expression for EqInTransit<Terms, Sealed, Legacy, Value> {
    type SqlType = Nullable<Bool>;
}

impl<Terms, Sealed, Legacy, Value, By> ValidGrouping<By> for EqInTransit<Terms, Sealed, Legacy, Value> {
    type IsAggregate = is_aggregate::No;
}

impl<Terms, Sealed, Legacy, Value, Source: ?Sized> AppearsOnTable<Source> for EqInTransit<Terms, Sealed, Legacy, Value>
where
    Terms: AppearsOnTable<Source>,
    Sealed: AppearsOnTable<Source>,
    Legacy: AppearsOnTable<Source>,
{
}

impl<Terms, Sealed, Legacy, Value, Source: ?Sized> SelectableExpression<Source>
    for EqInTransit<Terms, Sealed, Legacy, Value>
where
    Terms: SelectableExpression<Source>,
    Sealed: SelectableExpression<Source>,
    Legacy: SelectableExpression<Source>,
{
}

// Several SQL texts: no static id, so no prepared statement is reused wrongly.
impl<Terms, Sealed, Legacy, Value> QueryId for EqInTransit<Terms, Sealed, Legacy, Value> {
    type QueryId = ();

    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Terms, Sealed, Legacy, Value, DB> QueryFragment<DB> for EqInTransit<Terms, Sealed, Legacy, Value>
where
    DB: Backend,
    Terms: QueryFragment<DB>,
    Sealed: QueryFragment<DB>,
    Legacy: QueryFragment<DB>,
    Value: QueryFragment<DB>,
    Bound<Nullable<Text>, LegacyBind<String>>: QueryFragment<DB>,
    Word: QueryFragment<DB>,
{
    // Each part asks for the cell first: a row is in one of them, and `NOT` of the whole is as exact as the whole.
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        if matches!(self.unsealed, Probe::Nothing) {
            return self.terms.walk_ast(out);
        }
        out.push_sql("((");
        self.sealed.walk_ast(out.reborrow())?;
        out.push_sql(" IS NOT NULL AND ");
        self.terms.walk_ast(out.reborrow())?;
        out.push_sql(") OR (");
        self.sealed.walk_ast(out.reborrow())?;
        out.push_sql(" IS NULL AND ");
        self.probe(out.reborrow())?;
        out.push_sql("))");
        Ok(())
    }
}

impl<Terms, Sealed, Legacy, Value> EqInTransit<Terms, Sealed, Legacy, Value> {
    fn probe<'b, DB>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        DB: Backend,
        Legacy: QueryFragment<DB>,
        Value: QueryFragment<DB>,
        Bound<Nullable<Text>, LegacyBind<String>>: QueryFragment<DB>,
        Word: QueryFragment<DB>,
    {
        match &self.unsealed {
            Probe::Nothing => {}
            Probe::Equal(value) => {
                self.legacy.walk_ast(out.reborrow())?;
                out.push_sql(" = ");
                value.walk_ast(out)?;
            }
            Probe::Folded(text) => {
                out.push_sql("(");
                word(&Word::FoldedBefore, &mut out)?;
                self.legacy.walk_ast(out.reborrow())?;
                word(&Word::FoldedAfter, &mut out)?;
                out.push_sql(" = ");
                text.walk_ast(out.reborrow())?;
                out.push_sql(" OR ");
                word(&Word::NotAsciiBefore, &mut out)?;
                self.legacy.walk_ast(out.reborrow())?;
                word(&Word::NotAsciiAfter, &mut out)?;
                out.push_sql(")");
            }
            Probe::All => {
                self.legacy.walk_ast(out.reborrow())?;
                out.push_sql(" IS NOT NULL");
            }
        }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ascii_that_meets_after_normalizing_is_asked_for(text in "[ -~\t\n\x0b\x0c\r]*") {
            for normalizer in [Normalizer::Trim, Normalizer::Lowercase, Normalizer::Casefold, Normalizer::Email] {
                let normalized = normalizer.normalize(text.as_bytes()).into_owned();
                let Unsealed::Folded(asked) = superset(&normalizer, true, &normalized) else { panic!("{normalizer:?}") };
                prop_assert_eq!(&asked, &folded(&text), "{:?}", normalizer);
            }
        }
    }

    #[test]
    fn what_sql_can_not_tell_is_asked_for_whole() {
        let custom = Normalizer::Custom { id: "custom/x", apply: str::to_owned };
        for normalizer in [Normalizer::Digits, custom] {
            assert!(matches!(superset(&normalizer, true, b"1"), Unsealed::All));
        }
        assert!(matches!(superset(&Normalizer::None, false, b"1"), Unsealed::All));
        assert!(matches!(superset(&Normalizer::None, true, b"1"), Unsealed::Equal(_)));
    }
}

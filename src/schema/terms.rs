//! A firm's values in the clear and in global indexes: counted and cleared where they lie.

use super::Backend;
use super::facts::Fact;
use super::heads::{firm_text, spellings};
use super::sql::{ident, join, literal};
use super::table::Table;
use crate::context::FirmId;

/// The term columns under the platform's key in a table whose rows firms own.
pub(crate) fn global_terms(table: &Table) -> Vec<&'static str> {
    match table.firm() {
        None => Vec::new(),
        Some(_) => table.indexes().filter(|index| index.global).map(|index| index.column).collect(),
    }
}

/// Those of them that the database does not let be NULL, as `table.column`.
pub(crate) fn not_null_terms(table: &Table, facts: &[Fact]) -> Vec<String> {
    let fixed = |column: &&str| Fact::find(facts, "column", column).is_some_and(|fact| fact.b == "NOT NULL");
    global_terms(table).into_iter().filter(fixed).map(|column| format!("{}.{column}", table.full_name)).collect()
}

/// For each global term column a query for how many of the firm's rows have a term.
pub(crate) fn count_terms(table: &Table, backend: Backend, firm: &FirmId) -> Vec<(&'static str, String)> {
    let count = |column| Some((column, count_values(table, backend, column, firm)?));
    global_terms(table).into_iter().filter_map(count).collect()
}

/// A query for how many of the firm's rows have a value in a column; `None` where no firm owns the rows.
pub(crate) fn count_values(table: &Table, backend: Backend, column: &str, firm: &FirmId) -> Option<String> {
    Some(format!(
        "SELECT 'rows' AS kind, '' AS name, CAST(count(*) AS TEXT) AS a, '' AS b, '' AS c, '' AS d FROM {} WHERE {}",
        table.quoted(),
        with_value(table, backend, column, firm)?,
    ))
}

/// For each global term column a statement that sets a batch of the firm's terms to NULL, and gives a row for each.
pub(crate) fn clear_terms(table: &Table, backend: Backend, firm: &FirmId) -> Vec<(&'static str, String)> {
    let clear = |column| Some((column, clear(table, backend, column, firm)?));
    global_terms(table).into_iter().filter_map(clear).collect()
}

fn clear(table: &Table, backend: Backend, column: &str, firm: &FirmId) -> Option<String> {
    let (on, some) = (table.quoted(), with_value(table, backend, column, firm)?);
    let batch = match backend {
        // Rows that somebody updates meanwhile are the next batch's.
        Backend::Postgres => format!("ctid = ANY (ARRAY(SELECT ctid FROM {on} WHERE {some} LIMIT {BATCH}))"),
        // The only writer meanwhile, and a table may be without row ids.
        Backend::Sqlite => "TRUE".to_owned(),
    };
    Some(format!(
        "UPDATE {on} SET {} = NULL WHERE {some} AND {batch} \
         RETURNING 'cleared' AS kind, '' AS name, '' AS a, '' AS b, '' AS c, '' AS d",
        ident(column),
    ))
}

fn with_value(table: &Table, backend: Backend, column: &str, firm: &FirmId) -> Option<String> {
    let names = join(spellings(firm), ", ", |name| literal(&name));
    Some(format!("{} IS NOT NULL AND {} IN ({names})", ident(column), firm_text(backend, &ident(table.firm()?))))
}

/// What a query of [`count_values`] says.
pub(crate) fn counted(facts: Vec<Fact>) -> u64 {
    facts.first().and_then(|fact| fact.a.parse().ok()).unwrap_or(u64::MAX)
}

/// Rows a statement: their locks are held for a moment only.
const BATCH: usize = 1000;

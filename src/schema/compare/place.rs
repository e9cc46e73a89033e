//! The columns that cells are bound to: they must give back the very value that was written, or no cell opens.

use super::Comparison;
use crate::schema::Backend;
use crate::schema::difference::Difference;
use crate::schema::facts::Fact;

impl Comparison<'_> {
    /// Whether row key and firm are there, and of types that keep values as they are.
    pub(super) fn places(&self) -> Vec<Difference> {
        let row = self.table.row.iter().copied();
        let firm = self.table.firm().filter(|firm| !self.table.row.contains(firm));
        row.chain(firm).filter_map(|column| self.place(column)).collect()
    }

    fn place(&self, column: &'static str) -> Option<Difference> {
        let Some(fact) = Fact::find(self.facts, "column", column) else {
            let remedy = "create it, or name the right field in the model";
            return Some(self.difference(Some(column), "a column that cells are bound to", "none", remedy));
        };
        let rewrites = match self.backend {
            Backend::Postgres => pads(&fact.a),
            Backend::Sqlite => is_numeric(&fact.a),
        };
        let remedy = match self.backend {
            Backend::Postgres => "give it the type text",
            Backend::Sqlite => "declare it TEXT, INTEGER or BLOB",
        };
        let (expected, found) = ("a type that keeps values as they are", format!("type {}", fact.a));
        rewrites.then(|| self.difference(Some(column), expected, &found, remedy))
    }
}

/// `char(n)` fills texts up with spaces.
fn pads(type_name: &str) -> bool {
    type_name == "bpchar" || type_name.starts_with("character(") || type_name == "character"
}

/// SQLite's rules of column affinity (its documentation, "Datatypes In SQLite", 3.1): a text that looks like a number
/// becomes one.
fn is_numeric(declared: &str) -> bool {
    let holds = |any: &[&str]| any.iter().any(|part| declared.contains(part));
    !declared.is_empty() && !holds(&["INT", "CHAR", "CLOB", "TEXT", "BLOB"])
}

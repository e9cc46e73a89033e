//! How one difference between models and database reads.

use std::fmt;

/// One thing that a database lacks or has otherwise, from [`Vault::check_schema`](crate::Vault::check_schema).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The table, as the model names it.
    pub table: &'static str,
    /// The column; `None` for what belongs to the table as a whole.
    pub column: Option<&'static str>,
    /// What the models need.
    pub expected: String,
    /// What the database has.
    pub found: String,
    /// What to do, where possible as a statement.
    pub remedy: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, column, expected, found, remedy } = self;
        f.write_str(table)?;
        if let Some(column) = column {
            write!(f, ".{column}")?;
        }
        write!(f, ": expected {expected}, found {found}; remedy: {remedy}")
    }
}

/// Differences one a line, each indented below what is said before them.
pub(super) fn lines(differences: &[Difference]) -> String {
    differences.iter().map(|difference| format!("\n  {difference}")).collect()
}

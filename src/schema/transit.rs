//! What a table in transit needs besides its columns: triggers that keep pairs true while writers of every age go on
//! (spec/migration.md, The trigger).

pub(crate) mod postgres;

use super::table::Table;
use crate::envelope::Kind;
use crate::model::ColumnSchema;

/// SQLSTATE of what the fence refuses, and its message: constant, since a value in it would lie in logs.
pub(crate) const FENCED: (&str, &str) = (
    "FS005",
    "fieldseal: this column is sealed now, and plaintext is not taken any more: write by a release of the service that seals",
);

/// SQLSTATE and message of a key change that would leave a cell where nobody could open it.
pub(crate) const MOVED: (&str, &str) = (
    "FS006",
    "fieldseal: the row key or the firm changed, and the row's value lies in its cell only: write by a release of the service \
     that seals",
);

/// SQLSTATE and message where the sealed columns are not dropped yet.
pub(crate) const SEALED_ONLY: (&str, &str) =
    ("FS007", "fieldseal: rows hold values that are sealed only: restore their plaintext first");

/// A legacy column, its sealed column and that column's terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) plain: &'static str,
    pub(crate) sealed: &'static str,
    pub(crate) term: Option<&'static str>,
    /// Whether the model takes NULL.
    pub(crate) nullable: bool,
    /// Whether a save of the same value gives the same cell.
    pub(crate) deterministic: bool,
}

impl Pair {
    /// The pair of a column in transit.
    pub(crate) fn of(column: &'static ColumnSchema) -> Option<Self> {
        let legacy = column.legacy?;
        let term = column.index.as_ref().map(|index| index.column);
        let (nullable, deterministic) = (column.nullable, column.kind == Kind::Deterministic);
        Some(Self { plain: legacy.column, sealed: column.column, term, nullable, deterministic })
    }

    /// The columns that fieldseal writes.
    pub(crate) fn sealed_columns(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.sealed).chain(self.term)
    }
}

impl Table {
    /// The pairs in transit.
    pub(crate) fn pairs(&self) -> Vec<Pair> {
        self.columns.iter().filter_map(|column| Pair::of(column)).collect()
    }

    /// The table as it will be when nothing of it is in transit.
    pub(crate) fn settled(&self) -> Self {
        let settled = |column: &&'static ColumnSchema| match column.legacy {
            None => *column,
            // Made by operators, a few times in a program's life.
            Some(_) => &*Box::leak(Box::new(ColumnSchema { legacy: None, ..**column })),
        };
        Self { columns: self.columns.iter().map(settled).collect(), ..self.clone() }
    }

    /// The columns whose change moves a row's cells to another place.
    fn place_columns(&self) -> Vec<&'static str> {
        let mut columns: Vec<_> = self.row.iter().copied().chain(self.firm()).collect();
        columns.dedup();
        columns
    }
}

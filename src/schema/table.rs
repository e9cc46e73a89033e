//! A table as its models together describe it.

use super::sql::{ident, object_name};
use super::{SchemaError, conflict};
use crate::envelope::Kind;
use crate::model::{ColumnSchema, IndexSchema, ModelSchema, Owner};

/// What must be true of one table.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    /// As the models write it: `clients` or `firm.clients`.
    pub(crate) full_name: &'static str,
    pub(super) models: Vec<&'static str>,
    pub(super) owner: Owner,
    pub(super) row: &'static [&'static str],
    pub(super) columns: Vec<&'static ColumnSchema>,
}

/// A column that fieldseal writes: a sealed column or its terms.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stored {
    pub(super) name: &'static str,
    pub(super) nullable: bool,
    pub(super) content: Content,
    stem: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Cells(Kind),
    Terms,
}

impl Table {
    /// The tables of `models`, each described by all of its models.
    ///
    /// # Errors
    /// [`SchemaError::Conflict`].
    pub(crate) fn all(models: &[&ModelSchema]) -> Result<Vec<Self>, SchemaError> {
        let mut tables: Vec<Self> = Vec::new();
        for (i, model) in models.iter().enumerate() {
            if let Some(error) = models[..i].iter().find_map(|other| conflict(other, model)) {
                return Err(error);
            }
            match tables.iter_mut().find(|table| table.full_name == model.table) {
                Some(table) => table.add(model),
                None => tables.push(Self::of(model)),
            }
        }
        tables.retain(|table| !table.columns.is_empty());
        Ok(tables)
    }

    fn of(model: &ModelSchema) -> Self {
        Self {
            full_name: model.table,
            models: vec![model.model],
            owner: model.owner,
            row: model.row,
            columns: model.columns.iter().collect(),
        }
    }

    fn add(&mut self, model: &ModelSchema) {
        self.models.push(model.model);
        // Models that are bound to no row have none.
        if self.row.is_empty() {
            self.row = model.row;
        }
        for column in model.columns {
            match self.columns.iter_mut().find(|known| known.column == column.column) {
                None => self.columns.push(column),
                Some(known) if known.index.is_none() => *known = column,
                Some(_) => {}
            }
        }
    }

    /// The schema that holds the table, if the models name one.
    pub(super) fn schema(&self) -> Option<&'static str> {
        self.full_name.split_once('.').map(|(schema, _)| schema)
    }

    /// The table's name without its schema.
    pub(crate) fn name(&self) -> &'static str {
        self.full_name.split_once('.').map_or(self.full_name, |(_, name)| name)
    }

    /// The table in SQL.
    pub(crate) fn quoted(&self) -> String {
        self.beside(self.name())
    }

    /// An object of this name in the table's schema, in SQL.
    pub(crate) fn beside(&self, name: &str) -> String {
        match self.schema() {
            Some(schema) => format!("{}.{}", ident(schema), ident(name)),
            None => ident(name),
        }
    }

    /// The firm column, unless the service itself owns the rows.
    pub(super) fn firm(&self) -> Option<&'static str> {
        match self.owner {
            Owner::Platform => None,
            Owner::Column(column) => Some(column),
        }
    }

    /// What the table has besides plain columns, in the order of the models.
    pub(super) fn stored(&self) -> Vec<Stored> {
        let mut all = Vec::new();
        for column in &self.columns {
            // In transit a value may lie in the legacy column instead.
            let (nullable, stem) = (column.nullable || column.legacy.is_some(), column.domain);
            all.push(Stored { name: column.column, nullable, stem, content: Content::Cells(column.kind) });
            if let Some(index) = &column.index {
                all.push(Stored { name: index.column, nullable, stem, content: Content::Terms });
            }
        }
        all
    }

    /// The legacy columns of models in transit.
    pub(super) fn legacy(&self) -> impl Iterator<Item = &'static str> {
        self.columns.iter().filter_map(|column| Some(column.legacy?.column))
    }

    /// The blind indexes.
    pub(super) fn indexes(&self) -> impl Iterator<Item = &'static IndexSchema> {
        self.columns.iter().filter_map(|column| column.index.as_ref())
    }

    /// Columns of cells that are bound to their row.
    pub(super) fn row_cells(&self) -> Vec<&'static str> {
        self.cells(|kind| kind == Kind::RowBound)
    }

    /// Columns of cells that are bound to firm and column only.
    pub(super) fn firm_cells(&self) -> Vec<&'static str> {
        self.cells(|kind| kind != Kind::RowBound)
    }

    // Cells in transit are not the guard's: the migration's own trigger says what a new key or firm does to them.
    fn cells(&self, wanted: impl Fn(Kind) -> bool) -> Vec<&'static str> {
        let settled = self.columns.iter().filter(|column| column.legacy.is_none());
        settled.filter(|column| wanted(column.kind)).map(|column| column.column).collect()
    }

    /// Columns that go with the firm: all cells, and all terms but those under the platform's key.
    pub(super) fn of_firm(&self) -> Vec<&'static str> {
        let settled = self.columns.iter().filter(|column| column.legacy.is_none());
        let terms = settled.filter_map(|column| column.index.as_ref()).filter(|index| !index.global);
        let terms = terms.map(|index| index.column);
        self.cells(|_| true).into_iter().chain(terms).collect()
    }

    /// Whether an UPDATE can leave a cell in a place that it was not sealed for.
    pub(super) fn needs_guard(&self) -> bool {
        !self.cells(|_| true).is_empty() && (self.firm().is_some() || !self.row_cells().is_empty())
    }

    /// Key columns of an index: the term first, so that a lookup by the term alone uses the index too.
    pub(super) fn index_key(&self, index: &IndexSchema) -> Vec<&'static str> {
        let firm = self.firm().filter(|_| index.unique && !index.global);
        std::iter::once(index.column).chain(firm).collect()
    }

    pub(super) fn index_name(&self, index: &IndexSchema) -> String {
        object_name(&format!("{}_{}", self.name(), index.column), "_idx")
    }
}

impl Stored {
    /// The PostgreSQL domain.
    pub(super) fn domain(&self) -> String {
        let suffix = match self.content {
            Content::Cells(Kind::RowBound) => "",
            Content::Cells(Kind::ColumnBound) => "_column",
            Content::Cells(Kind::Deterministic) => "_deterministic",
            Content::Terms => "_term",
        };
        format!("{}{suffix}", self.stem)
    }

    /// The name of the CHECK that refuses other bytes, after the name of what it belongs to.
    pub(super) fn check_name(&self, of: &str) -> String {
        object_name(of, if self.content == Content::Terms { "_shape" } else { "_cell" })
    }

    pub(super) fn not_null(&self) -> &'static str {
        if self.nullable { "" } else { " NOT NULL" }
    }
}

/// Bytes of a term: key version and at least one byte of the HMAC; at most 5 and 16.
pub(super) const TERM_LEN: std::ops::RangeInclusive<usize> = 2..=21;

/// First bytes of a cell that no two cells share: head and nonce (or synthetic IV).
pub(super) const CELL_START: usize = 32;

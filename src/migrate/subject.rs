//! What of a table a job works on: known from a model, or from a description without the service's code.

use crate::index::Normalizer;
use crate::model::{Column, Index, LegacyHook, Model, ModelSchema, Owner};

/// A table and its sealed columns.
#[derive(Debug, Clone)]
pub struct Subject {
    pub(super) model: &'static ModelSchema,
    pub(super) columns: Vec<SubjectColumn>,
}

/// One sealed column, with what computes its cells and terms.
#[derive(Debug, Clone, Copy)]
pub(super) struct SubjectColumn {
    pub(super) column: &'static Column,
    pub(super) index: Option<&'static Index>,
    /// Reads home-made ciphertext out of the legacy column.
    pub(super) hook: Option<LegacyHook>,
}

/// A description that can't be worked on without the service's code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubjectError {
    /// The normalizer is a function of the service.
    #[error(
        "the normalizer `{normalizer}` of {table}.{column} is a function of the service: run the job by `fieldseal::cli::run` \
         in the service's own binary"
    )]
    CustomNormalizer {
        /// The table.
        table: &'static str,
        /// The term column.
        column: &'static str,
        /// The normalizer's id.
        normalizer: &'static str,
    },
    /// Home-made ciphertext is read by a function of the service.
    #[error(
        "{table}.{column} is read by a `legacy_with` function of the service: run the job by `fieldseal::cli::run` in the \
         service's own binary"
    )]
    CustomLegacy {
        /// The table.
        table: &'static str,
        /// The sealed column.
        column: &'static str,
    },
}

impl SubjectError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::CustomNormalizer { .. } => "subject.custom_normalizer",
            Self::CustomLegacy { .. } => "subject.custom_legacy",
        }
    }

    /// Whether the same call may succeed later without anyone changing anything: never.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        false
    }
}

impl Subject {
    /// All sealed columns of a model.
    #[must_use]
    pub fn of<M: Model>() -> Self {
        let hooks = M::legacy_hooks();
        let columns = M::columns().iter().zip(M::indexes()).enumerate();
        let columns = columns.map(|(i, (column, index))| SubjectColumn {
            column,
            index: index.as_ref(),
            hook: hooks.get(i).copied().flatten(),
        });
        Self { model: M::SCHEMA, columns: columns.collect() }
    }

    /// All sealed columns of a table that is described without the service's code.
    ///
    /// # Errors
    /// [`SubjectError`] where only the service's code can compute a cell or a term.
    pub fn described(model: &'static ModelSchema) -> Result<Self, SubjectError> {
        let columns = (0..model.columns.len()).map(|i| described_column(model, i)).collect::<Result<_, _>>()?;
        Ok(Self { model, columns })
    }

    /// Only these columns, by their SQL names.
    #[must_use]
    pub fn only(mut self, columns: &[&str]) -> Self {
        self.columns.retain(|column| columns.contains(&column.column.schema().column));
        self
    }

    /// The table's SQL name, as the model writes it.
    #[must_use]
    pub fn table(&self) -> &'static str {
        self.model.table
    }

    /// What the model says of the table.
    #[must_use]
    pub fn model(&self) -> &'static ModelSchema {
        self.model
    }

    /// The column that names a row's firm; `None`: all rows are the platform's.
    pub(super) fn firm_column(&self) -> Option<&'static str> {
        match self.model.owner {
            Owner::Platform => None,
            Owner::Column(column) => Some(column),
        }
    }
}

/// Statics of a description live as long as the program, as a model's do.
fn described_column(model: &'static ModelSchema, position: usize) -> Result<SubjectColumn, SubjectError> {
    let schema = &model.columns[position];
    let (table, column) = (model.table, schema.column);
    if schema.legacy.is_some_and(|legacy| legacy.custom) {
        return Err(SubjectError::CustomLegacy { table, column });
    }
    let index = match &schema.index {
        None => None,
        Some(index) => {
            let normalizer = Normalizer::of_id(index.normalizer).ok_or(SubjectError::CustomNormalizer {
                table,
                column: index.column,
                normalizer: index.normalizer,
            })?;
            Some(&*Box::leak(Box::new(Index::new(model, position, normalizer))))
        }
    };
    Ok(SubjectColumn { column: Box::leak(Box::new(Column::new(model, position))), index, hook: None })
}

//! Models against databases: what a migration must make, and whether the live database has it.

use crate::model::{Model, ModelSchema};

/// Models, one or a tuple of up to eight, for [`Vault::register`](crate::Vault::register).
pub trait Models {
    /// Their schemas.
    fn schemas() -> Vec<&'static ModelSchema>;
}

impl<M: Model> Models for M {
    fn schemas() -> Vec<&'static ModelSchema> {
        vec![M::SCHEMA]
    }
}

macro_rules! tuples {
    ($(($($model:ident),+))*) => {$(
        impl<$($model: Model),+> Models for ($($model,)+) {
            fn schemas() -> Vec<&'static ModelSchema> {
                vec![$($model::SCHEMA),+]
            }
        }
    )*};
}

tuples! {
    (A)
    (A, B)
    (A, B, C)
    (A, B, C, D)
    (A, B, C, D, E)
    (A, B, C, D, E, F)
    (A, B, C, D, E, F, G)
    (A, B, C, D, E, F, G, H)
}

/// Why models and database do not go together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// Two models describe one sealed column differently.
    #[error("models `{first}` and `{second}` describe {table}.{column} differently")]
    Conflict {
        /// A registered model.
        first: &'static str,
        /// The other.
        second: &'static str,
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
}

impl SchemaError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "schema.conflict",
        }
    }
}

/// The conflict of two models of one table, if there is one.
pub(crate) fn conflict(first: &ModelSchema, second: &ModelSchema) -> Option<SchemaError> {
    if first.table != second.table {
        return None;
    }
    let bound_alike = first.table_id == second.table_id && first.owner == second.owner && first.row == second.row;
    let differs = |name| match (first.column(name), second.column(name)) {
        (Some(a), Some(b)) => !bound_alike || crate::model::ColumnSchema { field: b.field, ..*a } != *b,
        _ => false,
    };
    let column = first.columns.iter().map(|c| c.column).find(|name| differs(name))?;
    Some(SchemaError::Conflict { first: first.model, second: second.model, table: first.table, column })
}

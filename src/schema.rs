//! Models against databases: what a migration must make, and whether the live database has it.
//!
//! [`migration`] prints the SQL of the sealed columns, for review and for a Diesel migration; after it has run,
//! [`Vault::check_schema`](crate::Vault::check_schema) finds nothing to say. On PostgreSQL the columns have domains as types,
//! which `diesel print-schema` turns into fieldseal's SQL types when `diesel.toml` says:
//!
//! ```toml
//! [print_schema]
//! pg_domains_as_custom_types = ["^fieldseal_"]
//! except_custom_type_definitions = ["^Fieldseal"]
//! import_types = ["diesel::sql_types::*", "fieldseal::schema_types::*"]
//! ```
//!
//! Columns of models in transit (`#[encrypted(legacy = …)]`) are printed and wanted nullable, and the guard leaves them to the
//! migration's trigger; contract makes them as all others are.
//!
//! SQLite has no domains: there the types of sealed columns are written into the schema file by hand, or by a
//! `patch_file`; `filter = { except_tables = ["^fieldseal_"] }` leaves fieldseal's own tables out.
//!
//! What the printed statements refuse, they refuse without a value in the message. The rest of a failed statement is the
//! database's: a NOT NULL or CHECK violation of a plain column prints the row (ciphertext, terms, plain columns), and
//! PostgreSQL's log holds the text of failed statements, which is one reason to bind values and never to write them into
//! SQL.

mod backend;
mod bar;
mod compare;
mod difference;
mod facts;
mod guard;
mod heads;
mod postgres;
pub(crate) mod sql;
mod sqlite;
mod survey;
mod table;
mod terms;
#[cfg(feature = "migrate")]
pub(crate) mod transit;
mod which;

use crate::keys::KeyError;
use crate::model::{ColumnSchema, Model, ModelSchema};
pub(crate) use table::Table;
pub(crate) use terms::{clear_terms, count_terms, count_values, counted, global_terms, not_null_terms};

pub use backend::{SchemaBackend, SingleBackend};
pub use bar::{bar, bar_of};
pub(crate) use bar::{bar_version, is_barred};
pub use difference::Difference;
#[doc(hidden)]
pub use facts::Fact;
pub(crate) use heads::{HeadFact, census, filtered, transaction};
pub(crate) use survey::{Survey, facts_query};
#[doc(hidden)]
pub use which::WhichDatabase;

/// A database that fieldseal prints migrations for and checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Backend {
    /// PostgreSQL 15 or later.
    Postgres,
    /// SQLite 3.38 or later.
    Sqlite,
}

/// SQL for review, to be put into a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migration {
    /// Makes domains, columns, indexes and guards.
    pub up: String,
    /// Takes them away again, with the data in them.
    pub down: String,
}

/// Prints the SQL that the models' tables need besides their plain columns.
///
/// # Panics
/// If two of the models describe one table differently, which [`Vault::register`](crate::Vault::register) reports as an
/// error.
#[must_use]
pub fn migration<M: Models>(backend: Backend) -> Migration {
    migration_of(&M::schemas(), backend)
}

/// [`migration`] of models that are known at run time, such as [`Vault::models`](crate::Vault::models).
///
/// # Panics
/// As [`migration`].
#[must_use]
pub fn migration_of(models: &[&ModelSchema], backend: Backend) -> Migration {
    let tables = Table::all(models).unwrap_or_else(|error| panic!("no migration: {error}"));
    match backend {
        Backend::Postgres => postgres::migration(&tables),
        Backend::Sqlite => sqlite::migration(&tables),
    }
}

/// The line above all that belongs to a table.
fn header(table: &Table) -> String {
    format!("\n-- {}: sealed columns of {}\n", table.full_name, table.models.join(", "))
}

/// Appends `comment`, unless an earlier table brought it along.
fn explain(sql: &mut String, comment: &str) {
    sql.push('\n');
    if !sql.contains(comment) {
        sql.push_str(comment);
    }
}

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
    /// The other processes could not be told of a model with legacy columns, which operators rely on.
    #[error("`{model}` has legacy columns, and the other processes can't be told of it")]
    Untold {
        /// The model.
        model: &'static str,
        /// Why not.
        source: KeyError,
    },
    /// The database is not as the models need it.
    #[error("the database differs from the models:{}", difference::lines(.0))]
    Differs(Vec<Difference>),
    /// The connection's database is one that fieldseal prints no migrations for and can't check, such as MySQL.
    #[error("only PostgreSQL and SQLite can be checked, and this connection is to another database")]
    Unsupported,
    /// The database could not be asked.
    #[error("the database's catalogs can't be read")]
    Query(#[from] diesel::result::Error),
}

impl SchemaError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "schema.conflict",
            Self::Untold { .. } => "schema.untold",
            Self::Differs(_) => "schema.differs",
            Self::Unsupported => "schema.unsupported",
            Self::Query(_) => "schema.query",
        }
    }

    /// Whether the same call may succeed later without anyone changing anything; a query that failed because the database was
    /// away is worth another try all the same.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Untold { source, .. } if source.is_retryable())
    }
}

/// The conflict of two models of one table, if there is one.
pub(crate) fn conflict(first: &ModelSchema, second: &ModelSchema) -> Option<SchemaError> {
    if first.table != second.table {
        return None;
    }
    let column = contested(first, second)?;
    Some(SchemaError::Conflict { first: first.model, second: second.model, table: first.table, column })
}

/// A column that the two models do not describe alike.
fn contested(first: &ModelSchema, second: &ModelSchema) -> Option<&'static str> {
    let column = first.columns.first().and(second.columns.first())?.column;
    let other_row = first.row != second.row && !first.row.is_empty() && !second.row.is_empty();
    if first.table_id != second.table_id || first.owner != second.owner || other_row {
        return Some(column);
    }
    let differs = |a: &&ColumnSchema| match second.column(a.column) {
        Some(b) => first.row != second.row || ColumnSchema { field: b.field, ..**a } != *b,
        None => false,
    };
    first.columns.iter().find(differs).map(|column| column.column)
}

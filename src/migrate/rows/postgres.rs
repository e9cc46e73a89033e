//! A PostgreSQL table as passes see it: its key, the types of its columns, and the SQL that reads and writes its rows.

mod copy;
mod decode;
mod facts;
mod need;
mod select;
mod update;

pub(in crate::migrate) use copy::Shadow;
pub(in crate::migrate) use decode::Batch;
pub(in crate::migrate) use facts::TableError;
pub(in crate::migrate) use select::{Bounds, Reading};
pub(in crate::migrate) use update::Update;

/// A table, quoted and typed.
#[derive(Debug, Clone)]
pub(in crate::migrate) struct Table {
    /// Schema and name, quoted.
    pub(in crate::migrate) quoted: String,
    pub(in crate::migrate) oid: u32,
    /// Rows, by the planner's estimate; 0: it has none.
    pub(in crate::migrate) estimate: f64,
    /// The columns that address a row: its primary key, or another unique index.
    pub(in crate::migrate) id: Vec<KeyColumn>,
    /// The columns that cells are bound to.
    pub(in crate::migrate) place: Vec<KeyColumn>,
    pub(in crate::migrate) firm: Option<KeyColumn>,
    pub(in crate::migrate) pairs: Vec<PairColumns>,
    /// The columns of the row key and the firm that cells were bound to before.
    pub(in crate::migrate) old_place: Vec<KeyColumn>,
    pub(in crate::migrate) old_firm: Option<KeyColumn>,
}

/// A column of a key, or the firm's.
#[derive(Debug, Clone)]
pub(in crate::migrate) struct KeyColumn {
    /// As the database knows it, not quoted.
    pub(in crate::migrate) name: String,
    /// The type's name, for casts.
    pub(in crate::migrate) cast: String,
    pub(in crate::migrate) sort: Sort,
}

/// How a key's value is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::migrate) enum Sort {
    Uuid,
    /// Of any width.
    Integer,
    Text,
    /// `char(n)`, whose blanks a cast to text drops, and which Diesel reads with them.
    Padded,
}

/// The columns of a pair.
#[derive(Debug, Clone)]
pub(in crate::migrate) struct PairColumns {
    pub(in crate::migrate) plain: Option<PlainColumn>,
    pub(in crate::migrate) sealed: String,
    pub(in crate::migrate) term: Option<String>,
}

/// A legacy column.
#[derive(Debug, Clone)]
pub(in crate::migrate) struct PlainColumn {
    pub(in crate::migrate) name: String,
    /// The type's name, for casts.
    pub(in crate::migrate) cast: String,
    /// Whether it is a bytea.
    pub(in crate::migrate) bytes: bool,
}

//! What a database holds of a value, and what its bytes say without a key.

use fieldseal::envelope::{Head, Kind};
use fieldseal::{Ciphertext, Term};

use super::Failure;

/// What the database holds of one value.
pub enum Stored<'a> {
    Plain(String),
    /// Bytes, and what they are.
    Bytes(&'a [u8], String),
    Null,
}

/// A cell, with what its head says: readable without a key.
pub fn cell<S>(cell: &Ciphertext<S>) -> Result<Stored<'_>, Failure> {
    let bytes = cell.as_bytes()?;
    let head = Head::parse(bytes)?;
    let kind = match head.kind() {
        Kind::RowBound => "row-bound",
        Kind::ColumnBound => "column-bound",
        _ => "deterministic",
    };
    let what = format!("{kind} v{} {:>3} B", head.version(), bytes.len());
    Ok(Stored::Bytes(bytes, what))
}

pub fn cell_or_null<S>(value: Option<&Ciphertext<S>>) -> Result<Stored<'_>, Failure> {
    value.map_or(Ok(Stored::Null), cell)
}

pub fn term<S>(term: &Term<S>) -> Result<Stored<'_>, Failure> {
    let bytes = term.as_bytes()?;
    Ok(Stored::Bytes(bytes, format!("term         {:>3} B", bytes.len())))
}

pub fn term_or_null<S>(value: Option<&Term<S>>) -> Result<Stored<'_>, Failure> {
    value.map_or(Ok(Stored::Null), term)
}

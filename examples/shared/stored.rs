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
    let head = Head::parse(cell.as_bytes())?;
    let kind = match head.kind() {
        Kind::RowBound => "row-bound",
        Kind::ColumnBound => "column-bound",
        _ => "deterministic",
    };
    let what = format!("{kind} v{} {:>3} B", head.version(), cell.as_bytes().len());
    Ok(Stored::Bytes(cell.as_bytes(), what))
}

pub fn cell_or_null<S>(value: Option<&Ciphertext<S>>) -> Result<Stored<'_>, Failure> {
    value.map_or(Ok(Stored::Null), cell)
}

pub fn term<S>(term: &Term<S>) -> Stored<'_> {
    Stored::Bytes(term.as_bytes(), format!("term         {:>3} B", term.as_bytes().len()))
}

pub fn term_or_null<S>(value: Option<&Term<S>>) -> Stored<'_> {
    value.map_or(Stored::Null, term)
}

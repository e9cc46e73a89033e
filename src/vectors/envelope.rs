//! `envelope.json` and `envelope_invalid.json`: cells that open, with every intermediate value, and cells that do not.

use serde::Deserialize;

use super::cells::{self, Part, kind, value};
use super::classes;
use super::form::{Hex, each, firm};
use crate::context::FirmId;
use crate::envelope::{Head, Kind};
use crate::keys::hierarchy::derive;
use crate::model::{CellKeys, Column};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Valid {
    comment: String,
    kind: Hex,
    version: u32,
    data_key: Hex,
    #[serde(deserialize_with = "firm")]
    firm: FirmId,
    table: String,
    column: String,
    codec: String,
    row: Vec<Part>,
    value: String,
    plaintext: Hex,
    nonce: Hex,
    info: Hex,
    column_key: Hex,
    head: Hex,
    row_bytes: Hex,
    aad: Hex,
    cell: Hex,
}

pub(super) fn valid(text: &str) -> usize {
    each(text, Valid::check)
}

impl Valid {
    fn check(&self) {
        let column = cells::column(&self.table, &self.column, &self.codec, kind(&self.kind));
        self.check_derivation(column);
        self.check_cell(column);
    }

    fn check_derivation(&self, column: &'static Column) {
        let info = column.place.info(&self.firm);
        assert_eq!(self.info, info, "info: {}", self.comment);
        let mut key = vec![0; if column.place.kind == Kind::Deterministic { 64 } else { 32 }];
        derive(&self.data_key, &info, &mut key);
        assert_eq!(self.column_key, key, "column key: {}", self.comment);
    }

    fn check_cell(&self, column: &'static Column) {
        let kind = column.place.kind;
        assert_eq!(self.nonce.is_empty(), kind == Kind::Deterministic, "nonce: {}", self.comment);
        let (row, head) = (cells::row(kind, &self.row), Head::new(kind, self.version));
        assert_eq!(self.row_bytes, row.as_bytes(), "row: {}", self.comment);
        assert_eq!(self.head, head.as_bytes(), "head: {}", self.comment);
        assert_eq!(self.aad, [head.as_bytes(), row.as_bytes()].concat(), "aad: {}", self.comment);
        assert_eq!(Head::parse(&self.cell), Ok(head), "{}", self.comment);

        let (keys, value) = (self.keys(), value(&self.codec, &self.value));
        assert_eq!(self.plaintext, value.stored(), "plaintext: {}", self.comment);
        assert_eq!(self.cell, value.seal(&keys, column, &row), "cell: {}", self.comment);
        let opened = cells::open(&keys, column, &row, &self.codec, &self.cell).unwrap();
        assert_eq!(opened, self.value, "{}", self.comment);
    }

    fn keys(&self) -> CellKeys {
        let data = (self.version, &self.data_key);
        cells::keys_in_use(&self.firm, data, data, &self.nonce)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Invalid {
    comment: String,
    error: String,
    accepts: Vec<Hex>,
    data_key: Hex,
    #[serde(deserialize_with = "firm")]
    firm: FirmId,
    table: String,
    column: String,
    codec: String,
    row: Vec<Part>,
    cell: Hex,
}

pub(super) fn invalid(text: &str) -> usize {
    each(text, Invalid::check)
}

impl Invalid {
    /// A column accepts one kind here. A case that accepts several is a case for a column of the cell's own kind if that
    /// is among them, else for a column of each.
    fn check(&self) {
        let accepted: Vec<Kind> = self.accepts.iter().map(kind).collect();
        let own = accepted.iter().find(|kind| self.cell.first() == Some(&kind.byte()));
        let columns = own.map_or(accepted.as_slice(), std::slice::from_ref);
        assert!(!columns.is_empty(), "{}", self.comment);
        for kind in columns {
            let column = cells::column(&self.table, &self.column, &self.codec, *kind);
            let refused = cells::open(&self.keys(), column, &cells::row(*kind, &self.row), &self.codec, &self.cell);
            assert_eq!(classes::of_cell(&refused.unwrap_err()), self.error, "{}", self.comment);
        }
    }

    /// The data key is of whatever version the cell names.
    fn keys(&self) -> CellKeys {
        let version = Head::parse(&self.cell).map_or(1, |head| head.version());
        let data = (version, &self.data_key);
        cells::keys_in_use(&self.firm, data, data, &[])
    }
}

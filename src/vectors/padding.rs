//! `padding.json`: padded lengths, cells of padded columns, and padding that is refused.

use serde::Deserialize;

use super::cells::{self, Part, kind, value};
use super::classes;
use super::form::{Hex, each, firm};
use crate::context::FirmId;
use crate::keys::hierarchy::derive;
use crate::model::{CellKeys, Column, Padding};

#[derive(Deserialize)]
#[serde(tag = "what", rename_all = "lowercase", deny_unknown_fields)]
enum Case {
    Length {
        comment: String,
        pad: String,
        length: usize,
        padded: usize,
    },
    Cell {
        comment: String,
        pad: String,
        #[serde(flatten)]
        sealed: Sealed,
        value: String,
        stored: Hex,
        plaintext: Hex,
        nonce: Hex,
        info: Hex,
        column_key: Hex,
    },
    Invalid {
        comment: String,
        error: String,
        #[serde(flatten)]
        sealed: Sealed,
    },
}

/// A cell of version 1 and its place.
#[derive(Deserialize)]
struct Sealed {
    kind: Hex,
    data_key: Hex,
    #[serde(deserialize_with = "firm")]
    firm: FirmId,
    table: String,
    column: String,
    codec: String,
    row: Vec<Part>,
    cell: Hex,
}

pub(super) fn walk(text: &str) -> usize {
    each(text, check)
}

fn check(case: &Case) {
    match case {
        Case::Length { comment, pad, length, padded } => {
            assert_eq!(padding(pad).padded_len(*length), *padded, "{comment}");
        }
        Case::Cell { comment, pad, sealed, value: text, stored, plaintext, nonce, info, column_key } => {
            let (column, keys) = (sealed.column(padding(pad)), sealed.keys(nonce));
            assert_eq!(*info, column.place.info(&sealed.firm), "info: {comment}");
            let mut key = vec![0; 32];
            derive(&sealed.data_key, info, &mut key);
            assert_eq!(*column_key, key, "column key: {comment}");
            let value = value(sealed.stored_form(), text);
            assert_eq!(*stored, value.stored(), "stored: {comment}");
            let mut padded = stored.to_vec();
            padding(pad).fill(&mut padded, 0);
            assert_eq!(*plaintext, padded, "plaintext: {comment}");
            let row = cells::row(kind(&sealed.kind), &sealed.row);
            assert_eq!(sealed.cell, value.seal(&keys, column, &row), "cell: {comment}");
            // A reader strips whatever padding there is.
            for pad in [Padding::Padme, Padding::Multiple(2), Padding::Multiple(1000)] {
                assert_eq!(sealed.open(pad).as_ref().unwrap(), text, "{comment}");
            }
        }
        Case::Invalid { comment, error, sealed } => {
            let refused = sealed.open(Padding::Padme).unwrap_err();
            assert_eq!(classes::of_cell(&refused), error, "{comment}");
        }
    }
}

fn padding(pad: &str) -> Padding {
    pad.parse().map_or(Padding::Padme, Padding::Multiple)
}

impl Sealed {
    fn stored_form(&self) -> &str {
        self.codec.strip_suffix("+pad").unwrap()
    }

    fn column(&self, pad: Padding) -> &'static Column {
        cells::padded_column(&self.table, &self.column, self.stored_form(), kind(&self.kind), pad)
    }

    fn keys(&self, nonce: &[u8]) -> CellKeys {
        cells::keys_in_use(&self.firm, (1, &self.data_key), (1, &self.data_key), nonce)
    }

    fn open(&self, pad: Padding) -> Result<String, crate::model::OpenError> {
        let row = cells::row(kind(&self.kind), &self.row);
        cells::open(&self.keys(&[]), self.column(pad), &row, self.stored_form(), &self.cell)
    }
}

//! Places of cells and of blind indexes, as statics that the derive makes: what keys are derived for.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{FirmId, join, label};
use crate::envelope::Kind;
use crate::suite::suite_id;

/// Where the cells of a column lie, and how they are sealed.
#[derive(Debug)]
pub(crate) struct ColumnPlace {
    /// Stable id of the table: its SQL name unless pinned.
    pub(crate) table: &'static str,
    /// Stable id of the column: its SQL name unless pinned.
    pub(crate) column: &'static str,
    /// Id of the stored form: `text`, `bytes`, `i64`, `bool`, `uuid`, `json`, …
    pub(crate) codec: &'static str,
    /// How the column's cells are sealed.
    pub(crate) kind: Kind,
    /// Whether the stored form is padded, which is a codec of its own.
    pub(crate) padded: bool,
    pub(crate) slot: Slot,
}

impl ColumnPlace {
    /// The place of a column's cells.
    #[must_use]
    pub(crate) const fn new(
        table: &'static str,
        column: &'static str,
        codec: &'static str,
        kind: Kind,
        padded: bool,
    ) -> Self {
        Self { table, column, codec, kind, padded, slot: Slot::new() }
    }

    /// Info of the column key's derivation (spec/envelope.md).
    pub(crate) fn info(&self, firm: &FirmId) -> Vec<u8> {
        let codec = if self.padded { [self.codec, label::PADDED].concat() } else { self.codec.to_owned() };
        join(&[
            label::COLUMN,
            suite_id(self.kind).as_bytes(),
            firm.canonical().as_bytes(),
            self.table.as_bytes(),
            self.column.as_bytes(),
            codec.as_bytes(),
        ])
    }
}

/// Where the terms of a blind index lie, and how they are computed.
#[derive(Debug)]
pub(crate) struct IndexPlace {
    /// Stable id of the table.
    pub(crate) table: &'static str,
    /// Stable id of the index: the term column's SQL name unless pinned.
    pub(crate) index: &'static str,
    /// Id of the indexed column's stored form.
    pub(crate) codec: &'static str,
    /// Id of the normalizer, `custom/…` for a function of the user's.
    pub(crate) normalizer: &'static str,
    /// Bits kept of the HMAC, 1 to 128.
    pub(crate) bits: u32,
    pub(crate) slot: Slot,
}

impl IndexPlace {
    /// The place of an index's terms.
    #[must_use]
    pub(crate) const fn new(
        table: &'static str,
        index: &'static str,
        codec: &'static str,
        normalizer: &'static str,
        bits: u32,
    ) -> Self {
        Self { table, index, codec, normalizer, bits, slot: Slot::new() }
    }

    /// Info of the subkey's derivation (spec/blind-index.md).
    pub(crate) fn info(&self, firm: &FirmId) -> Vec<u8> {
        join(&[
            label::INDEX,
            firm.canonical().as_bytes(),
            self.table.as_bytes(),
            self.index.as_bytes(),
            self.codec.as_bytes(),
            self.normalizer.as_bytes(),
            &self.bits.to_be_bytes(),
        ])
    }
}

/// A small number that a place gets at its first use, so that a keyring finds its key without hashing names. Zero stands
/// for none yet: an atomic, unlike a cell with a destructor, can be set up by the loop of a constant.
#[derive(Debug)]
pub(crate) struct Slot(AtomicUsize);

impl Slot {
    const fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    pub(crate) fn number(&self) -> usize {
        match self.0.load(Ordering::Relaxed) {
            0 => self.claim() - 1,
            claimed => claimed - 1,
        }
    }

    // Of two threads at once one wastes its number.
    #[cold]
    fn claim(&self) -> usize {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        let own = NEXT.fetch_add(1, Ordering::Relaxed);
        match self.0.compare_exchange(0, own, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => own,
            Err(first) => first,
        }
    }
}

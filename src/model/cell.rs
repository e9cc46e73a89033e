//! Sealing and opening one cell, computing one term: what all generated code comes down to.

#[cfg(feature = "migrate")]
mod forms;
mod owner;

use std::sync::Arc;

use super::codec::{CodecError, Decode, Encode};
use super::column::{Column, Index};
use super::error::{OpenError, SealError};
use super::field::{OpenField, SealField};
use super::pad;
use super::stored::{Plain, stored};
use crate::context::{FirmId, RowPlace};
use crate::envelope::{Head, Kind, leb128};
use crate::index::term_bytes;
use crate::keys::live::{LiveSlot, RingGuard};
use crate::keys::{KeyError, KeyState};
use crate::random::Nonces;
use crate::sql::{Ciphertext, Deferred, Term};
use crate::suite::Unauthentic;

/// A firm's keys in use: what a session lends to generated code.
///
/// It holds a live slot, not keys: once the firm is revoked or its time is over, the next cell is an error.
#[derive(Clone)]
pub struct CellKeys {
    pub(crate) firm: FirmId,
    pub(crate) slot: Arc<LiveSlot>,
    /// The platform's slot, for models with a global index, when the session was given the right.
    pub(crate) global: Option<Arc<LiveSlot>>,
    pub(crate) nonces: Nonces,
    /// Creates the firm at its first seal, where the vault was built to.
    pub(crate) birth: Option<Birth>,
}

/// Makes a firm's first keys and fills its slot, in the calling thread.
pub(crate) type Birth = Arc<dyn Fn(&FirmId) -> Result<(), KeyError> + Send + Sync>;

impl CellKeys {
    /// The firm.
    #[must_use]
    pub fn firm(&self) -> &FirmId {
        &self.firm
    }

    /// A closed session's: the firm, and no way to its keys.
    pub(crate) fn closed(firm: FirmId) -> Self {
        let slot = Arc::new(LiveSlot::closed(firm.clone()));
        Self { firm, slot, global: None, nonces: Nonces::Buffered, birth: None }
    }

    /// Seals one field for its place.
    #[doc(hidden)]
    pub fn seal_cell<V: SealField + ?Sized>(
        &self,
        column: &'static Column,
        row: &RowPlace,
        value: &V,
    ) -> Result<Ciphertext<V::Form>, SealError> {
        value.seal_field(self, column, row)
    }

    /// Opens one field in its place. `term` is what was loaded from its index.
    #[doc(hidden)]
    pub fn open_field<T: OpenField>(
        &self,
        column: &'static Column,
        row: &RowPlace,
        cell: Ciphertext<T::Form>,
        term: Option<Term<T::Form>>,
    ) -> Result<T, OpenError> {
        T::open_field(self, column, row, cell, term)
    }

    /// Computes the term to be stored beside a field.
    #[doc(hidden)]
    pub fn term<V: SealField + ?Sized>(
        &self,
        column: &'static Column,
        index: &'static Index,
        row: &RowPlace,
        value: &V,
    ) -> Result<Term<V::Form>, SealError> {
        value.field_term(self, column, index, row)
    }

    pub(crate) fn seal_value<V: Encode + ?Sized>(
        &self,
        column: &'static Column,
        row: &RowPlace,
        value: &V,
    ) -> Result<Ciphertext<V::Form>, SealError> {
        let codec = |source| not_stored(column, source);
        let len = value.stored_len().map_err(codec)?;
        self.seal_form(column, row, len, |out| value.write(out).map_err(codec)).map(Ciphertext::from_bytes)
    }

    /// Seals a stored form of `len` bytes, which `write` appends.
    fn seal_form(
        &self,
        column: &'static Column,
        row: &RowPlace,
        len: usize,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), SealError>,
    ) -> Result<Vec<u8>, SealError> {
        let (table, name, pad) = (column.model.table, column.schema.column, column.schema.pad);
        let len = pad.map_or(len, |pad| pad.padded_len(len));
        let row = bound(column, row).ok_or(SealError::NoRowKey { table, column: name })?;
        let ring = self.sealing_ring()?;
        let (head, cipher) = ring.sealing(&column.place);
        let write = |out: &mut Vec<u8>| {
            let start = out.len();
            write(out)?;
            if let Some(pad) = pad {
                pad.fill(out, start);
            }
            Ok(())
        };
        self.slot.seals().note(head.version());
        cipher.seal(&head, row, &self.nonces, len, write)
    }

    /// Opens one cell in its place.
    #[doc(hidden)]
    pub fn open_cell<T: Decode>(
        &self,
        column: &'static Column,
        row: &RowPlace,
        cell: Ciphertext<T::Form>,
    ) -> Result<T, OpenError> {
        self.try_open(column, row, cell)
            .inspect_err(|error| self.report(column.model.table, column.schema.column, error))
    }

    fn try_open<T: Decode>(
        &self,
        column: &'static Column,
        row: &RowPlace,
        cell: Ciphertext<T::Form>,
    ) -> Result<T, OpenError> {
        let cell = cell.into_stored().map_err(|reason| not_sealed(column, &reason))?;
        let value = T::decode(self.open_form(column, row, cell)?);
        value.map_err(|source| not_read(column, source))
    }

    /// Opens a cell to its stored form.
    fn open_form(&self, column: &'static Column, row: &RowPlace, cell: Vec<u8>) -> Result<Vec<u8>, OpenError> {
        let (table, name) = (column.model.table, column.schema.column);
        let envelope = |source| OpenError::Envelope { table, column: name, source };
        let head = Head::parse(&cell).map_err(envelope)?;
        let ring = self.slot.ring()?;
        let mut plain = open_body(&ring, column, &head, row, cell)?;
        if column.schema.pad.is_some() {
            pad::strip(&mut plain).map_err(|source| not_read(column, source))?;
        }
        Ok(plain)
    }

    /// Whether sealing a value of this stored length now would give a cell like this one: of the active key, and as long as
    /// the column's padding makes it.
    pub(super) fn seals_alike<S>(
        &self,
        column: &'static Column,
        cell: &Ciphertext<S>,
        len: usize,
    ) -> Result<bool, SealError> {
        let head = self.sealing_ring()?.sealing(&column.place).0;
        let len = column.schema.pad.map_or(len, |pad| pad.padded_len(len));
        let len = head.body_start() + len + head.kind().suffix_len();
        Ok(cell.as_bytes().is_ok_and(|cell| cell.starts_with(head.as_bytes()) && cell.len() == len))
    }

    /// Whether a stored cell is under another key than the one that seals now. Without keys nobody can say: it is not.
    pub(crate) fn is_outdated<S>(&self, column: &'static Column, cell: &Ciphertext<S>) -> bool {
        let Ok(ring) = self.slot.ring() else { return false };
        let head = ring.sealing(&column.place).0;
        cell.as_bytes().is_ok_and(|cell| !cell.starts_with(head.as_bytes()))
    }

    /// Whether a stored term is under another key than the one that terms are computed under now, as
    /// [`is_outdated`](Self::is_outdated) says it of cells.
    pub(crate) fn is_outdated_term(&self, index: &'static Index, term: &[u8]) -> bool {
        let slot = if index.schema.global { self.global.as_ref() } else { Some(&self.slot) };
        let Some(Ok(ring)) = slot.map(|slot| slot.ring()) else { return false };
        leb128::read(term).is_ok_and(|(version, _)| version != ring.indexing(&index.place).0)
    }

    /// Computes the term of a value.
    #[doc(hidden)]
    pub fn value_term<V: Encode + ?Sized>(&self, index: &'static Index, value: &V) -> Result<Term<V::Form>, SealError> {
        let stored = stored(value).map_err(|source| SealError::Codec {
            table: index.model.table,
            column: index.column.column,
            source,
        })?;
        self.form_term(index, &stored).map(Term::from_bytes)
    }

    /// Computes the term of a stored form.
    fn form_term(&self, index: &'static Index, stored: &Plain<'_>) -> Result<Vec<u8>, SealError> {
        let ring = match (index.schema.global, &self.global) {
            (false, _) => self.sealing_ring()?,
            (true, Some(global)) => global.ring()?,
            (true, None) => {
                return Err(SealError::NoGlobalIndex { table: index.model.table, index: index.schema.column });
            }
        };
        let (version, mac) = ring.indexing(&index.place);
        Ok(term_bytes(&index.place, version, mac, &stored.normalized(&index.normalizer)))
    }

    /// The keyring for sealing: a firm without keys gets them here, if the vault was built so.
    pub(super) fn sealing_ring(&self) -> Result<RingGuard, KeyError> {
        self.slot.ring().or_else(|missing| self.give_birth(missing))
    }

    #[cold]
    fn give_birth(&self, missing: KeyError) -> Result<RingGuard, KeyError> {
        match (missing, &self.birth) {
            (KeyError::UnknownFirm { .. }, Some(birth)) => birth(&self.firm)?,
            (missing, _) => return Err(missing),
        }
        self.slot.ring()
    }

    /// One event for a failed open.
    pub(super) fn report(&self, table: &str, column: &str, error: &OpenError) {
        tracing::warn!(
            name: "fieldseal.open.failed",
            table,
            column,
            code = error.code(),
            firm = %self.firm,
            "a sealed cell did not open"
        );
    }
}

fn not_stored(column: &Column, source: CodecError) -> SealError {
    SealError::Codec { table: column.model.table, column: column.schema.column, source }
}

fn not_read(column: &Column, source: CodecError) -> OpenError {
    OpenError::Codec { table: column.model.table, column: column.schema.column, source }
}

/// A twin of an error, which somebody opens instead of writing it.
pub(super) fn not_sealed(column: &Column, reason: &Deferred) -> OpenError {
    OpenError::NotSealed { table: column.model.table, column: column.schema.column, reason: reason.to_string() }
}

fn open_body(
    ring: &RingGuard,
    column: &'static Column,
    head: &Head,
    row: &RowPlace,
    cell: Vec<u8>,
) -> Result<Vec<u8>, OpenError> {
    let (table, name, version) = (column.model.table, column.schema.column, head.version());
    let (expected, found) = (column.schema.kind, head.kind());
    if expected != found {
        return Err(OpenError::WrongKind { table, column: name, expected, found });
    }
    let minimum = ring.min_open_version();
    if version < minimum {
        return Err(OpenError::BelowMinimum { table, column: name, version, minimum });
    }
    let unknown = OpenError::UnknownVersion { table, column: name, version };
    let (cipher, state) = ring.opening(&column.place, head).ok_or(unknown)?;
    if state == KeyState::Retired {
        warn_of_retired(ring, column, version);
    }
    let row = bound(column, row).ok_or(OpenError::Unauthentic { table, column: name })?;
    cipher.open(head, row, cell).map_err(|Unauthentic| OpenError::Unauthentic { table, column: name })
}

/// Counts every open of a retired version, and warns of the first, the second, the fourth, the eighth, and so on.
#[cold]
fn warn_of_retired(ring: &RingGuard, column: &Column, version: u32) {
    let (table, column, firm) = (column.model.table, column.schema.column, ring.firm());
    let opens = ring.count_retired(version);
    if opens.is_power_of_two() {
        tracing::warn!(
            name: "fieldseal.open.retired",
            table,
            column,
            %firm,
            version,
            opens,
            "cells of a retired key are still opened: re-encrypt them before it is destroyed"
        );
    }
}

/// What the column's cells are bound to: the row key, which must not be empty, or nothing.
fn bound<'r>(column: &Column, row: &'r RowPlace) -> Option<&'r [u8]> {
    match column.schema.kind {
        Kind::RowBound => Some(row.as_bytes()).filter(|bytes| !bytes.is_empty()),
        Kind::ColumnBound | Kind::Deterministic => Some(&[]),
    }
}

impl AsRef<Self> for CellKeys {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl std::fmt::Debug for CellKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CellKeys({})", self.firm)
    }
}

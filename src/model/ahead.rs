//! Cells as fields of forms: a value that was sealed before its row is written.

use std::marker::PhantomData;

use zeroize::Zeroizing;

use super::cell::CellKeys;
use super::codec::{CodecError, Decode, Encode};
use super::column::{Column, Index};
use super::error::{OpenError, SealError};
use super::field::SealField;
use crate::context::RowPlace;
use crate::sql::{Ciphertext, StoredForm, Term};

/// Stored as it is, after it was opened in its place: a cell of another row, or under a key that is gone, would be in
/// the row and unreadable. What was sealed before a rotation, or before the column was padded otherwise, is sealed anew: a
/// rotation that has counted the old key's cells would not expect one more.
impl<S: StoredForm> SealField for Ciphertext<S> {
    type Form = S;

    fn seal_field(&self, keys: &CellKeys, column: &'static Column, row: &RowPlace) -> Result<Self, SealError> {
        let value = open(self, keys, column, row)?;
        if keys.seals_alike(column, self, value.0.len())? {
            return Ok(self.clone());
        }
        keys.seal_value(column, row, &value)
    }

    fn field_term(
        &self,
        keys: &CellKeys,
        column: &'static Column,
        index: &'static Index,
        row: &RowPlace,
    ) -> Result<Term<S>, SealError> {
        keys.value_term(index, &open(self, keys, column, row)?)
    }

    fn field_stored(
        &self,
        keys: &CellKeys,
        column: &'static Column,
        row: &RowPlace,
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        open(self, keys, column, row).map(|value| value.0)
    }
}

/// Lent, as forms hold what they insert.
impl<S: StoredForm> SealField for &Ciphertext<S> {
    type Form = S;

    fn seal_field(&self, keys: &CellKeys, column: &'static Column, row: &RowPlace) -> Result<Ciphertext<S>, SealError> {
        Ciphertext::seal_field(self, keys, column, row)
    }

    fn field_term(
        &self,
        keys: &CellKeys,
        column: &'static Column,
        index: &'static Index,
        row: &RowPlace,
    ) -> Result<Term<S>, SealError> {
        Ciphertext::field_term(self, keys, column, index, row)
    }

    fn field_stored(
        &self,
        keys: &CellKeys,
        column: &'static Column,
        row: &RowPlace,
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        Ciphertext::field_stored(self, keys, column, row)
    }
}

/// Whether the cell opens here, with these keys.
pub(super) fn opens<S: StoredForm>(
    cell: &Ciphertext<S>,
    keys: &CellKeys,
    column: &'static Column,
    row: &RowPlace,
) -> bool {
    open(cell, keys, column, row).is_ok()
}

/// The cell sealed anew, where it is under another key than the one that seals now. `None`: it stays as it is, because it is
/// under that key, because the session holds no keys, or because it does not open, which is not for a save to judge.
pub(super) fn renewed<S: StoredForm>(
    cell: &Ciphertext<S>,
    keys: &CellKeys,
    column: &'static Column,
    row: &RowPlace,
) -> Result<Option<Ciphertext<S>>, SealError> {
    let value = keys.is_outdated(column, cell).then(|| open(cell, keys, column, row).ok()).flatten();
    value.map(|value| keys.seal_value(column, row, &value)).transpose()
}

/// The term computed anew, as [`renewed`] seals anew.
pub(super) fn renewed_term<S: StoredForm>(
    cell: &Ciphertext<S>,
    term: &[u8],
    keys: &CellKeys,
    (column, index): (&'static Column, &'static Index),
    row: &RowPlace,
) -> Result<Option<Term<S>>, SealError> {
    let value = keys.is_outdated_term(index, term).then(|| open(cell, keys, column, row).ok()).flatten();
    value.map(|value| keys.value_term(index, &value)).transpose()
}

fn open<S: StoredForm>(
    cell: &Ciphertext<S>,
    keys: &CellKeys,
    column: &'static Column,
    row: &RowPlace,
) -> Result<Stored<S>, SealError> {
    let (table, name) = (column.model.table, column.schema.column);
    keys.open_cell(column, row, cell.clone()).map_err(|error| match error {
        OpenError::Keys(error) => SealError::Keys(error),
        source => SealError::Misplaced { table, column: name, source },
    })
}

/// A value in its stored form, whatever Rust type it has.
struct Stored<S>(Zeroizing<Vec<u8>>, PhantomData<S>);

impl<S: StoredForm> Decode for Stored<S> {
    type Form = S;

    fn decode(stored: Vec<u8>) -> Result<Self, CodecError> {
        Ok(Self(Zeroizing::new(stored), PhantomData))
    }
}

impl<S: StoredForm> Encode for Stored<S> {
    type Form = S;

    fn stored_len(&self) -> Result<usize, CodecError> {
        Ok(self.0.len())
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        out.extend_from_slice(&self.0);
        Ok(())
    }

    fn stored(&self) -> Option<&[u8]> {
        Some(&self.0)
    }
}

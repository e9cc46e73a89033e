//! What a sealed field may be: a plain value, or one that stays closed.

use zeroize::Zeroizing;

use super::cell::CellKeys;
use super::codec::{CodecError, Decode, Encode};
use super::column::{Column, Index};
use super::error::{OpenError, SealError};
use super::stored::stored;
use crate::context::RowPlace;
use crate::sql::{Ciphertext, StoredForm, Term};

/// A field that can be sealed: any [`Encode`], [`Protected`](crate::Protected), or a [`Ciphertext`] that was sealed before.
pub trait SealField {
    /// The stored form.
    type Form: StoredForm;

    #[doc(hidden)]
    fn seal_field(
        &self,
        keys: &CellKeys,
        column: &'static Column,
        row: &RowPlace,
    ) -> Result<Ciphertext<Self::Form>, SealError>;

    #[doc(hidden)]
    fn field_term(
        &self,
        keys: &CellKeys,
        column: &'static Column,
        index: &'static Index,
        row: &RowPlace,
    ) -> Result<Term<Self::Form>, SealError>;

    /// The value's stored form, for a legacy column.
    #[doc(hidden)]
    fn field_stored(
        &self,
        keys: &CellKeys,
        column: &'static Column,
        row: &RowPlace,
    ) -> Result<Zeroizing<Vec<u8>>, SealError>;
}

/// A field that a loaded cell becomes: any [`Decode`], or [`Protected`](crate::Protected).
pub trait OpenField: Sized {
    /// The stored form.
    type Form: StoredForm;

    /// The value within.
    type Plain;

    /// Whether it stays closed, so that loading it takes no keys.
    #[doc(hidden)]
    const CLOSED: bool;

    #[doc(hidden)]
    fn open_field(
        keys: &CellKeys,
        column: &'static Column,
        row: &RowPlace,
        cell: Ciphertext<Self::Form>,
        term: Option<Term<Self::Form>>,
    ) -> Result<Self, OpenError>;

    /// Forgets whose keys a closed value was loaded with: nothing in its row says that it is theirs.
    #[doc(hidden)]
    #[must_use]
    fn of_unknown_firm(self) -> Self {
        self
    }
}

impl<T: Encode + ?Sized> SealField for T {
    type Form = T::Form;

    fn seal_field(
        &self,
        keys: &CellKeys,
        column: &'static Column,
        row: &RowPlace,
    ) -> Result<Ciphertext<T::Form>, SealError> {
        keys.seal_value(column, row, self)
    }

    fn field_term(
        &self,
        keys: &CellKeys,
        _: &'static Column,
        index: &'static Index,
        _: &RowPlace,
    ) -> Result<Term<T::Form>, SealError> {
        keys.value_term(index, self)
    }

    fn field_stored(
        &self,
        _: &CellKeys,
        column: &'static Column,
        _: &RowPlace,
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (table, name) = (column.model.table, column.schema.column);
        let stored = stored(self).map_err(|source| SealError::Codec { table, column: name, source })?;
        Ok(Zeroizing::new(stored.to_vec()))
    }
}

impl<T: Decode> OpenField for T {
    type Form = T::Form;
    type Plain = T;

    const CLOSED: bool = false;

    fn open_field(
        keys: &CellKeys,
        column: &'static Column,
        row: &RowPlace,
        cell: Ciphertext<T::Form>,
        _: Option<Term<T::Form>>,
    ) -> Result<T, OpenError> {
        keys.open_cell(column, row, cell)
    }
}

/// A value as the type that `#[encrypted(as = …)]` names.
#[doc(hidden)]
pub fn stored_as<S, T: Clone + Into<S>>(value: &T) -> S {
    value.clone().into()
}

/// The field's value of the type that `#[encrypted(as = …)]` names.
///
/// # Errors
/// [`OpenError::Codec`] when the field's type refuses the value. Its own error is not kept: it may quote the value.
#[doc(hidden)]
pub fn loaded_as<S: TryInto<T>, T>(column: &'static Column, stored: S) -> Result<T, OpenError> {
    let source = CodecError::Custom("the field's type refused the stored value in its conversion from the `as` type");
    let (table, column) = (column.model.table, column.schema.column);
    stored.try_into().map_err(|_| OpenError::Codec { table, column, source })
}

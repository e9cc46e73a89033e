//! What the derive says of a sealed column.

use diesel::expression::Expression;

use crate::context::{FirmId, RowPlace};
use crate::keys::live::LiveSlot;
use crate::model::cell::CellKeys;
use crate::model::codec::{Decode, Encode};
use crate::model::column::{Column, Index};
use crate::model::error::{OpenError, SealError};
use crate::model::seal::Model;
use crate::model::transit::Unsealed;
use crate::sql::{Ciphertext, StoredForm, Term};

/// A sealed column of a model: what its derive knows of it.
pub trait SealedColumn: Copy + Default + 'static {
    /// The stored form.
    type Form: StoredForm;
    /// What one cell opens to.
    type Plain: Decode<Form = Self::Form> + Encode<Form = Self::Form>;
    /// The cell's part of a twin: `Ciphertext`, or an option of it.
    type Value: From<Ciphertext<Self::Form>>;
    /// The row key's Rust type; `()` for `row = none`.
    type Key;
    /// The model.
    #[doc(hidden)]
    type Model: Model<RowKey = Self::Key>;
    /// Row key and cell, selectable.
    type Cell: Default;
    /// What [`Self::Cell`] loads as: row key and cell; the cell alone for `row = none`.
    type Loaded;
    /// What a loaded cell opens to: the value, or an option of it.
    type Opened;
    /// The assignments of [`Handle::set`](super::Handle::set): cell and term.
    type Changes;

    /// The column's static.
    fn column() -> &'static Column;

    /// The row's place.
    fn place(key: &Self::Key) -> RowPlace;

    /// Opens a loaded cell.
    #[doc(hidden)]
    fn open(keys: &CellKeys, loaded: Self::Loaded) -> Result<Self::Opened, OpenError>;

    /// Assigns a sealed cell and its term, in the row of the key and the firm that the cell is bound to.
    fn changes(firm: &FirmId, key: Self::Key, cell: Self::Value, term: Option<Term<Self::Form>>) -> Self::Changes;

    /// The term of a value, where the column has an index.
    #[doc(hidden)]
    fn term<V>(keys: &CellKeys, value: &V) -> Result<Option<Term<Self::Form>>, SealError>
    where
        V: Encode<Form = Self::Form> + ?Sized;

    /// A value sealed for the assignments: cell and term; in transit what the phase writes.
    #[doc(hidden)]
    fn sealed<V>(keys: &CellKeys, row: &RowPlace, value: &V) -> Result<Sealed<Self>, SealError>
    where
        V: Encode<Form = Self::Form> + ?Sized,
    {
        Ok((keys.seal_cell(Self::column(), row, value)?.into(), Self::term(keys, value)?))
    }
}

/// What is assigned to a column, and to its index.
#[doc(hidden)]
pub type Sealed<C> = (<C as SealedColumn>::Value, Option<Term<<C as SealedColumn>::Form>>);

/// A sealed column that can be NULL: its field is an `Option`.
#[diagnostic::on_unimplemented(
    message = "this sealed column is not nullable",
    note = "a column that is not nullable takes the value"
)]
pub trait NullableColumn: SealedColumn {
    /// NULL for the assignments.
    #[doc(hidden)]
    fn null(keys: &CellKeys) -> Result<Sealed<Self>, SealError>;
}

/// A sealed column with a blind index.
#[diagnostic::on_unimplemented(
    message = "this column has no blind index",
    note = "declare one on the model's field: `#[encrypted(index(email_term, normalize = email))]`"
)]
pub trait IndexedColumn: SealedColumn {
    /// The term column.
    type TermColumn: Default + Expression;
    /// [`FirmScope`](crate::model::FirmScope) or [`GlobalScope`](crate::model::GlobalScope).
    type Scope;

    /// The predicate of lookups.
    #[doc(hidden)]
    type Found;

    /// Whether the legacy column, if there is one, compares by `=` as values do.
    #[doc(hidden)]
    const EXACT: bool = true;

    /// The index's static.
    fn index() -> &'static Index;

    /// The predicate that finds rows by terms, and in transit those that have none yet.
    #[doc(hidden)]
    fn found(terms: Vec<Term<Self::Form>>, unsealed: Unsealed) -> Self::Found;
}

/// A blind index of 128 bits, whose terms decide equality by themselves.
#[diagnostic::on_unimplemented(
    message = "this column has no blind index of 128 bits: terms of fewer bits also match other values",
    note = "an index of fewer bits is asked by `.find(&session, value)?`, which opens and re-checks what it finds; without one \
            declare it on the model's field: `#[encrypted(index(email_term, normalize = email))]`"
)]
pub trait FullWidth: IndexedColumn {}

/// Keys that terms of a scope are computed under: a session for an index of its firm,
/// [`GlobalIndex`](crate::GlobalIndex) for a global one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't compute the terms of this index",
    note = "an index of a firm takes the session; a global index takes `vault.global_index().await?`"
)]
pub trait TermKeys<Scope> {
    #[doc(hidden)]
    fn term_slot(&self) -> TermSlot<'_>;
}

/// Keys lent for computing terms.
#[doc(hidden)]
pub struct TermSlot<'k>(pub(crate) &'k LiveSlot);

//! What sealing a model or form means, and the refusals that make a forgotten seal a compile error.

use super::cell::CellKeys;
use super::column::{Column, Index};
use super::error::SealError;
use super::schema::ModelSchema;
use super::transit::LegacyHook;
use crate::context::FirmId;

/// A struct that describes a table with sealed columns. Derived by `#[derive(Encrypted)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no model",
    label = "no `#[derive(Encrypted)]` makes this a model",
    note = "a model derives `Encrypted` and is no form: `#[encrypted(firm = …)]` without `model = …`"
)]
pub trait Model {
    /// What the model says of its table.
    const SCHEMA: &'static ModelSchema;

    /// The row key: one field's type, a tuple, or `()` for `row = none`.
    type RowKey;

    /// An assignment of the owning firm, none for the platform's models.
    #[doc(hidden)]
    type FirmChange;

    /// Assigns the firm whose keys seal a changeset's cells: in an update of another firm's row the database refuses,
    /// or the row stays readable.
    #[doc(hidden)]
    fn firm_change(firm: &FirmId) -> Self::FirmChange;

    /// A test of the owning firm, none for the platform's models.
    #[doc(hidden)]
    type FirmTest;

    /// Whether a row is the firm's whose keys seal a cell.
    #[doc(hidden)]
    fn firm_test(firm: &FirmId) -> Self::FirmTest;

    /// Whether rows can be this firm's.
    #[doc(hidden)]
    #[must_use]
    fn can_be_owned_by(firm: &FirmId) -> bool {
        let _ = firm;
        true
    }

    /// Refuses to seal for a row whose key names another firm than the keys', or that can't be their firm's.
    #[doc(hidden)]
    fn check_key(keys: &CellKeys, key: &Self::RowKey) -> Result<(), SealError> {
        let _ = key;
        keys.check_seal_owner::<Self>()
    }

    /// The sealed columns, in the order of the schema.
    #[doc(hidden)]
    fn columns() -> &'static [Column];

    /// The indexes, in the order of the columns.
    #[doc(hidden)]
    fn indexes() -> &'static [Option<Index>];

    /// What reads home-made ciphertext, in the order of the columns; empty for a model without any.
    #[doc(hidden)]
    #[must_use]
    fn legacy_hooks() -> &'static [Option<LegacyHook>] {
        &[]
    }
}

/// A model or form that holds its row key, so that it can be sealed as it is.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be sealed by `session.seal`",
    note = "derive `fieldseal::Encrypted`; a form without the row key is sealed by `session.seal_for(row_key, &form)`"
)]
pub trait Seal {
    /// The struct that Diesel writes.
    type Sealed;

    /// Seals every marked field. Use [`Session::seal`](crate::Session::seal).
    ///
    /// # Errors
    /// [`SealError`]; nothing is sealed in part.
    fn seal(&self, keys: &CellKeys) -> Result<Self::Sealed, SealError>;
}

impl<T: Seal> Seal for [T] {
    type Sealed = Vec<T::Sealed>;

    fn seal(&self, keys: &CellKeys) -> Result<Self::Sealed, SealError> {
        self.iter().map(|value| value.seal(keys)).collect()
    }
}

impl<T: Seal, const N: usize> Seal for [T; N] {
    type Sealed = Vec<T::Sealed>;

    fn seal(&self, keys: &CellKeys) -> Result<Self::Sealed, SealError> {
        self.as_slice().seal(keys)
    }
}

impl<T: Seal> Seal for Vec<T> {
    type Sealed = Vec<T::Sealed>;

    fn seal(&self, keys: &CellKeys) -> Result<Self::Sealed, SealError> {
        self.as_slice().seal(keys)
    }
}

impl<T: Seal + ?Sized> Seal for &T {
    type Sealed = T::Sealed;

    fn seal(&self, keys: &CellKeys) -> Result<Self::Sealed, SealError> {
        T::seal(self, keys)
    }
}

/// A form that does not hold its row key. Use [`Session::seal_for`](crate::Session::seal_for).
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be sealed by `session.seal_for`",
    note = "forms that hold their row key, and forms of models with `row = none`, are sealed by `session.seal(&form)`"
)]
pub trait SealFor {
    /// The model's row key.
    type Key;
    /// The struct that Diesel writes. It carries the row key.
    type Sealed;

    /// Seals every marked field for the row.
    ///
    /// # Errors
    /// [`SealError`]; nothing is sealed in part.
    fn seal_for(&self, keys: &CellKeys, key: Self::Key) -> Result<Self::Sealed, SealError>;
}

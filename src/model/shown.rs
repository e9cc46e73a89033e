//! Cells of other models in a view: `#[encrypted(of = Account::token, row = account_id)]`.

use super::cell::CellKeys;
use super::column::Column;
use super::error::OpenError;
use super::field::OpenField;
use super::handle::{Handle, SealedColumn};
use super::schema::{ModelSchema, Owner};
use super::transit::Settled;
use crate::sql::Ciphertext;

/// The column of a handle.
#[must_use]
pub fn column_of<C: SealedColumn>(_: Handle<C>) -> &'static Column {
    C::column()
}

/// The model that a handle's column belongs to.
#[must_use]
pub fn model_of<C: SealedColumn>(_: Handle<C>) -> &'static ModelSchema {
    C::column().model
}

/// The view's fields that hold the row key of a column's model.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no row key of the model whose cell is shown here",
    note = "name the field, or fields in their order, of the type of that model's row key: \
            `#[encrypted(of = Account::token, row = account_id)]`; none for a model with `row = none`"
)]
pub trait ShownKey<Key> {
    #[doc(hidden)]
    fn key(&self) -> &Key;
}

impl<Key> ShownKey<Key> for Key {
    fn key(&self) -> &Key {
        self
    }
}

/// Opens a cell of another model, in the row of this key.
///
/// # Errors
/// [`OpenError`].
pub fn open_shown<C, T>(
    _: Handle<C>,
    keys: &CellKeys,
    key: &impl ShownKey<C::Key>,
    cell: Ciphertext<C::Form>,
) -> Result<T, OpenError>
where
    C: Settled,
    T: OpenField<Form = C::Form>,
{
    keys.check_open_owner::<C::Model>()?;
    let field: T = keys.open_field(C::column(), &C::place(key.key()), cell, None)?;
    // A view has no firm's column: its rows may be of several firms.
    Ok(if matches!(C::column().model.owner, Owner::Platform) { field } else { field.of_unknown_firm() })
}

/// [`open_shown`] for a left join: a cell has a row, or it was put there by nobody.
///
/// # Errors
/// [`OpenError`]; [`OpenError::Unauthentic`] for a cell without a row.
pub fn open_joined<C, T>(
    handle: Handle<C>,
    keys: &CellKeys,
    key: &Option<impl ShownKey<C::Key>>,
    cell: Ciphertext<C::Form>,
) -> Result<T, OpenError>
where
    C: Settled,
    T: OpenField<Form = C::Form>,
{
    let (table, column) = (C::column().model.table, C::column().schema.column);
    let key = key.as_ref().ok_or(OpenError::Unauthentic { table, column })?;
    open_shown(handle, keys, key, cell)
}

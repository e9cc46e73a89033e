//! Values that a sealed column is set to.

use super::SealedColumn;
use crate::context::RowPlace;
use crate::model::cell::CellKeys;
use crate::model::codec::Encode;
use crate::model::error::SealError;
use crate::sql::{Ciphertext, Term};

/// A cell and its term, to be assigned.
type Change<C> = (<C as SealedColumn>::Value, Option<Term<<C as SealedColumn>::Form>>);

/// A value for [`Handle::set`]: the plaintext, or an `Option` of it for a nullable column.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be set into this sealed column",
    note = "a nullable column takes the value or `Some(value)` or `None`; a column that is not nullable takes the value"
)]
pub trait Settable<C: SealedColumn> {
    #[doc(hidden)]
    fn seal_change(&self, keys: &CellKeys, row: &RowPlace) -> Result<Change<C>, SealError>;
}

impl<C, V> Settable<C> for V
where
    C: SealedColumn,
    C::Value: From<Ciphertext<C::Form>>,
    V: Encode<Form = C::Form>,
{
    fn seal_change(&self, keys: &CellKeys, row: &RowPlace) -> Result<Change<C>, SealError> {
        let cell = keys.seal_cell(C::column(), row, self)?;
        Ok((cell.into(), C::term(keys, self)?))
    }
}

impl<C, V> Settable<C> for Option<V>
where
    C: SealedColumn<Value = Option<Ciphertext<<C as SealedColumn>::Form>>>,
    V: Encode<Form = C::Form>,
{
    fn seal_change(&self, keys: &CellKeys, row: &RowPlace) -> Result<Change<C>, SealError> {
        let cell = self.as_ref().map(|value| keys.seal_cell(C::column(), row, value)).transpose()?;
        let term = self.as_ref().map(|value| C::term(keys, value)).transpose()?;
        Ok((cell, term.flatten()))
    }
}

//! Values that a sealed column is set to.

use std::marker::PhantomData;

use super::SealedColumn;
use crate::context::RowPlace;
use crate::model::cell::CellKeys;
use crate::model::codec::{CodecError, Encode};
use crate::model::error::SealError;
use crate::sql::{Ciphertext, StoredForm, Term};

/// A cell and its term, to be assigned.
type Change<C> = (<C as SealedColumn>::Value, Option<Term<<C as SealedColumn>::Form>>);

/// A value for [`Handle::set`](super::Handle::set): the plaintext, or an `Option` of it for a nullable column.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be set into this sealed column",
    note = "a nullable column takes the value or `Some(value)` or `None`; a column that is not nullable takes the value"
)]
pub trait Settable<C: SealedColumn> {
    #[doc(hidden)]
    fn seal_change(&self, keys: &CellKeys, row: &RowPlace) -> Result<Change<C>, SealError>;
}

/// The stored form that a column holds. Each form is that of its own columns alone, and nobody can name this to say otherwise:
/// a bound with a message, where `Encode<Form = …>` has none.
#[diagnostic::on_unimplemented(
    message = "a value that is stored as `{Self}` can't be set into a column that stores `{Form}`",
    label = "of another stored form",
    note = "give a value of the field's type, or of another that is stored alike, as `&str` for `String`"
)]
pub trait IsForm<Form> {}

impl<Form> IsForm<Form> for Form {}

/// A value as one of the form that its own is.
struct Alike<'v, V, Form>(&'v V, PhantomData<Form>);

impl<V: Encode, Form: StoredForm> Encode for Alike<'_, V, Form>
where
    V::Form: IsForm<Form>,
{
    type Form = Form;

    fn stored_len(&self) -> Result<usize, CodecError> {
        self.0.stored_len()
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        self.0.write(out)
    }

    fn stored(&self) -> Option<&[u8]> {
        self.0.stored()
    }
}

/// A cell and its term.
type Sealed<Form> = (Ciphertext<Form>, Option<Term<Form>>);

fn seal<C, V>(value: &V, keys: &CellKeys, row: &RowPlace) -> Result<Sealed<C::Form>, SealError>
where
    C: SealedColumn,
    V: Encode,
    V::Form: IsForm<C::Form>,
{
    let value = Alike(value, PhantomData::<C::Form>);
    Ok((keys.seal_cell(C::column(), row, &value)?, C::term(keys, &value)?))
}

impl<C, V> Settable<C> for V
where
    C: SealedColumn,
    C::Value: From<Ciphertext<C::Form>>,
    V: Encode,
    V::Form: IsForm<C::Form>,
{
    fn seal_change(&self, keys: &CellKeys, row: &RowPlace) -> Result<Change<C>, SealError> {
        seal::<C, V>(self, keys, row).map(|(cell, term)| (cell.into(), term))
    }
}

impl<C, V> Settable<C> for Option<V>
where
    C: SealedColumn<Value = Option<Ciphertext<<C as SealedColumn>::Form>>>,
    V: Encode,
    V::Form: IsForm<C::Form>,
{
    fn seal_change(&self, keys: &CellKeys, row: &RowPlace) -> Result<Change<C>, SealError> {
        let sealed = self.as_ref().map(|value| seal::<C, V>(value, keys, row)).transpose()?;
        Ok(sealed.map_or((None, None), |(cell, term)| (Some(cell), term)))
    }
}

//! Values that a sealed column is set to.

use std::marker::PhantomData;

use super::{NullableColumn, Sealed, SealedColumn};
use crate::context::RowPlace;
use crate::model::cell::CellKeys;
use crate::model::codec::{CodecError, Encode};
use crate::model::error::SealError;
use crate::sql::StoredForm;

/// A value for [`Handle::set`](super::Handle::set): the plaintext, or an `Option` of it for a nullable column.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be set into this sealed column",
    note = "a nullable column takes the value or `Some(value)` or `None`; a column that is not nullable takes the value"
)]
pub trait Settable<C: SealedColumn> {
    #[doc(hidden)]
    fn seal_change(&self, keys: &CellKeys, row: &RowPlace) -> Result<Sealed<C>, SealError>;
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

fn seal<C, V>(value: &V, keys: &CellKeys, row: &RowPlace) -> Result<Sealed<C>, SealError>
where
    C: SealedColumn,
    V: Encode,
    V::Form: IsForm<C::Form>,
{
    C::sealed(keys, row, &Alike(value, PhantomData::<C::Form>))
}

impl<C, V> Settable<C> for V
where
    C: SealedColumn,
    V: Encode,
    V::Form: IsForm<C::Form>,
{
    fn seal_change(&self, keys: &CellKeys, row: &RowPlace) -> Result<Sealed<C>, SealError> {
        seal::<C, V>(self, keys, row)
    }
}

impl<C, V> Settable<C> for Option<V>
where
    C: NullableColumn,
    V: Encode,
    V::Form: IsForm<C::Form>,
{
    fn seal_change(&self, keys: &CellKeys, row: &RowPlace) -> Result<Sealed<C>, SealError> {
        self.as_ref().map_or_else(|| C::null(keys), |value| seal::<C, V>(value, keys, row))
    }
}

//! What can be opened: sealed twins, and vectors, options and tuples of them as Diesel loads them.

use uuid::Uuid;

use super::cell::CellKeys;
use super::error::OpenError;
use super::parallel;
use crate::context::FirmId;

/// Rows that a session can open. Use [`Session::open`](crate::Session::open).
///
/// Implemented by sealed twins, by `Vec`, `Option` and tuples of what can be opened (joins), and by plain column
/// types, which pass through.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nothing that a session can open",
    note = "load the sealed twin, `Sealed…`, by `.select(SealedClient::as_select())`; a twin opens if \
            `#[encrypted(derive(Queryable, Selectable))]` makes it loadable; wrap other rows of a join in `fieldseal::Plain`"
)]
pub trait Open {
    /// What opening gives.
    type Opened;

    /// Opens every cell.
    ///
    /// # Errors
    /// [`OpenError`] of the first cell that does not open.
    fn open(self, keys: &CellKeys) -> Result<Self::Opened, OpenError>;
}

/// Rows that name their firm, so that rows of many firms can be opened in one call.
pub trait HasFirm {
    /// The row's firm.
    fn firm(&self) -> FirmId;
}

/// Where there are many rows, other cores help.
impl<T> Open for Vec<T>
where
    T: Open<Opened: Send + 'static> + Send + 'static,
{
    type Opened = Vec<T::Opened>;

    fn open(self, keys: &CellKeys) -> Result<Self::Opened, OpenError> {
        if self.len() <= parallel::PART {
            return self.into_iter().map(|row| row.open(keys)).collect();
        }
        let keys = keys.clone();
        parallel::try_map(self, move |row| row.open(&keys))
    }
}

impl<T: Open> Open for Option<T> {
    type Opened = Option<T::Opened>;

    fn open(self, keys: &CellKeys) -> Result<Self::Opened, OpenError> {
        self.map(|row| row.open(keys)).transpose()
    }
}

macro_rules! tuples {
    ($(($($row:ident $index:tt),+))*) => {$(
        impl<$($row: Open),+> Open for ($($row,)+) {
            type Opened = ($($row::Opened,)+);

            fn open(self, keys: &CellKeys) -> Result<Self::Opened, OpenError> {
                Ok(($(self.$index.open(keys)?,)+))
            }
        }
    )*};
}

tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
}

/// A part of a join that holds nothing sealed: it passes through [`Session::open`](crate::Session::open).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plain<T>(pub T);

impl<T> Open for Plain<T> {
    type Opened = T;

    fn open(self, _: &CellKeys) -> Result<T, OpenError> {
        Ok(self.0)
    }
}

impl<T, ST, DB> diesel::deserialize::Queryable<ST, DB> for Plain<T>
where
    DB: diesel::backend::Backend,
    T: diesel::deserialize::FromStaticSqlRow<ST, DB>,
{
    type Row = T;

    fn build(row: T) -> diesel::deserialize::Result<Self> {
        Ok(Self(row))
    }
}

impl<T, DB> diesel::expression::Selectable<DB> for Plain<T>
where
    DB: diesel::backend::Backend,
    T: diesel::expression::Selectable<DB>,
{
    type SelectExpression = T::SelectExpression;

    fn construct_selection() -> Self::SelectExpression {
        T::construct_selection()
    }
}

macro_rules! pass_through {
    ($($plain:ty)*) => {$(
        impl Open for $plain {
            type Opened = Self;

            fn open(self, _: &CellKeys) -> Result<Self, OpenError> {
                Ok(self)
            }
        }
    )*};
}

pass_through!(bool i16 i32 i64 f32 f64 String Uuid);

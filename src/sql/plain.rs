//! Plaintext where a sealed value belongs. It does not compile with or without this; with it rustc says less, and for
//! nullable columns what to write.

use diesel::backend::Backend;
use diesel::expression::AsExpression;
use diesel::internal::derives::as_expression::Bound;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::SingleValue;

use super::types::{BlindIndexed, Encrypted};
use super::value::{Ciphertext, Term};

/// Never implemented: its absence is the compile error for comparing a sealed column to plaintext, and for writing that.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is plaintext: a column of type `{Column}` takes sealed values only",
    label = "plaintext for a sealed column",
    note = "look up by `.filter(Client::email().eq(&session, value)?)`; update by \
            `.set(Client::email().set(&session, row_key, value)?)`; insert by a struct that derives `fieldseal::Encrypted`: \
            `.values(session.seal(&client)?)`"
)]
pub trait TakenBy<Column> {
    /// What no implementation has, so that none would write anything.
    fn as_any<T>(&self) -> T;
}

macro_rules! plaintext {
    ($($(#[$feature:meta])? $ty:ty)*) => {$(
        plaintext!(@expression $(#[$feature])? [], $ty, Encrypted, Ciphertext);
        plaintext!(@expression $(#[$feature])? [], $ty, BlindIndexed, Term);
        plaintext!(@borrowed $(#[$feature])? $ty);
    )*};
    (@borrowed $(#[$feature:meta])? $ty:ty) => {
        plaintext!(@expression $(#[$feature])? ['e], &'e $ty, Encrypted, Ciphertext);
        plaintext!(@expression $(#[$feature])? ['e], &'e $ty, BlindIndexed, Term);
        plaintext!(@bind $(#[$feature])? $ty, Encrypted);
        plaintext!(@bind $(#[$feature])? $ty, BlindIndexed);
    };
    (@expression $(#[$feature:meta])? [$($e:lifetime)?], $ty:ty, $column:ident, $value:ident) => {
        $(#[$feature])?
        #[diagnostic::do_not_recommend]
        impl<$($e,)? S: 'static> AsExpression<$column<S>> for $ty
        where
            $ty: TakenBy<$column<S>>,
            $column<S>: SingleValue,
        {
            type Expression = Bound<$column<S>, $value<S>>;

            fn as_expression(self) -> Self::Expression {
                TakenBy::<$column<S>>::as_any(&self)
            }
        }
    };
    (@bind $(#[$feature:meta])? $ty:ty, $column:ident) => {
        $(#[$feature])?
        impl<S: 'static, DB: Backend> ToSql<$column<S>, DB> for $ty
        where
            $ty: TakenBy<$column<S>>,
        {
            fn to_sql<'b>(&'b self, _: &mut Output<'b, '_, DB>) -> serialize::Result {
                TakenBy::<$column<S>>::as_any(self)
            }
        }
    };
}

plaintext! {
    String
    Vec<u8>
    i16
    i32
    i64
    f32
    f64
    bool
    uuid::Uuid
    #[cfg(feature = "chrono")] chrono::NaiveDate
    #[cfg(feature = "chrono")] chrono::NaiveDateTime
    #[cfg(feature = "chrono")] chrono::DateTime<chrono::Utc>
    #[cfg(feature = "rust_decimal")] rust_decimal::Decimal
}

plaintext!(@borrowed str);
plaintext!(@borrowed [u8]);

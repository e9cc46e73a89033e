//! Sealed values: bytes that Diesel binds and loads, and that print as their length only.

use std::fmt;
use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::internal::derives::as_expression::Bound;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{Binary, Nullable, SingleValue};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::types::{BlindIndexed, Encrypted};

macro_rules! sealed_value {
    ($(#[$doc:meta])* $name:ident, $sql_type:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(FromSqlRow)]
        pub struct $name<S> {
            bytes: Vec<u8>,
            form: PhantomData<fn() -> S>,
        }

        impl<S> $name<S> {
            /// Takes stored bytes as they are. Nothing is checked before they are opened or compared.
            #[must_use]
            pub fn from_bytes(bytes: Vec<u8>) -> Self {
                Self { bytes, form: PhantomData }
            }

            /// The stored bytes.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8] {
                &self.bytes
            }

            /// The stored bytes.
            #[must_use]
            pub fn into_bytes(self) -> Vec<u8> {
                self.bytes
            }
        }

        impl<S> Clone for $name<S> {
            fn clone(&self) -> Self {
                Self::from_bytes(self.bytes.clone())
            }
        }

        impl<S> PartialEq for $name<S> {
            fn eq(&self, other: &Self) -> bool {
                self.bytes == other.bytes
            }
        }

        impl<S> Eq for $name<S> {}

        // `debug_query` and Diesel's instrumentation print binds by `Debug`.
        impl<S> fmt::Debug for $name<S> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!("<", $what, ", {} bytes>"), self.bytes.len())
            }
        }

        /// Lower-case hexadecimal text in formats that people read, bytes elsewhere.
        impl<S> Serialize for $name<S> {
            fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
                if serializer.is_human_readable() {
                    serializer.serialize_str(&hex::encode(&self.bytes))
                } else {
                    serializer.serialize_bytes(&self.bytes)
                }
            }
        }

        impl<'de, S> Deserialize<'de> for $name<S> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    let text = String::deserialize(deserializer)?;
                    // hex's own error quotes a character, which may be one of plaintext.
                    let not_hex = |_| serde::de::Error::custom(concat!("not a ", $what, " value in hexadecimal"));
                    hex::decode(text).map(Self::from_bytes).map_err(not_hex)
                } else {
                    Vec::<u8>::deserialize(deserializer).map(Self::from_bytes)
                }
            }
        }

        sealed_value!(@expression $name, [], $sql_type<S>, Self);
        sealed_value!(@expression $name, [], Nullable<$sql_type<S>>, Self);
        sealed_value!(@expression $name, ['e], $sql_type<S>, &'e Self);
        sealed_value!(@expression $name, ['e], Nullable<$sql_type<S>>, &'e Self);

        impl<S: 'static, DB: Backend> ToSql<$sql_type<S>, DB> for $name<S>
        where
            [u8]: ToSql<Binary, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                ToSql::<Binary, DB>::to_sql(self.bytes.as_slice(), out)
            }
        }

        impl<S: 'static, DB: Backend> ToSql<Nullable<$sql_type<S>>, DB> for $name<S>
        where
            [u8]: ToSql<Binary, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
                ToSql::<$sql_type<S>, DB>::to_sql(self, out)
            }
        }

        impl<S: 'static, DB: Backend> FromSql<$sql_type<S>, DB> for $name<S>
        where
            Vec<u8>: FromSql<Binary, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
                <Vec<u8> as FromSql<Binary, DB>>::from_sql(bytes).map(Self::from_bytes)
            }
        }
    };
    (@expression $name:ident, [], $sql:ty, $this:ty) => {
        impl<S: 'static> AsExpression<$sql> for $name<S>
        where
            $sql: SingleValue,
        {
            type Expression = Bound<$sql, Self>;

            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }
    };
    (@expression $name:ident, ['e], $sql:ty, $this:ty) => {
        impl<'e, S: 'static> AsExpression<$sql> for &'e $name<S>
        where
            $sql: SingleValue,
        {
            type Expression = Bound<$sql, Self>;

            fn as_expression(self) -> Self::Expression {
                Bound::new(self)
            }
        }
    };
}

sealed_value!(
    /// A cell: the sealed value of one field of one row.
    ///
    /// `S` is the stored form of the plaintext, so that a cell of text can't be bound to a column of integers.
    /// Opened by [`Session::open`](crate::Session::open) with its model, or by its column handle.
    Ciphertext, Encrypted, "sealed"
);

sealed_value!(
    /// A blind-index term: finds rows by an equal value without opening them.
    ///
    /// # Security
    /// Equal terms tell that values are equal.
    Term, BlindIndexed, "term"
);

//! Sealed values: bytes that Diesel binds and loads, and that print as their length only.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::internal::derives::as_expression::Bound;
use diesel::result::{Error as DieselError, QueryResult};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{Binary, Nullable, SingleValue};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::types::{BlindIndexed, Encrypted};

/// Bytes, or why there are none: a value made while Diesel builds a statement can't return an error there.
#[derive(Clone)]
enum Repr {
    Bytes(Vec<u8>),
    Failed(Deferred),
}

impl Repr {
    fn bytes(&self) -> Result<&[u8], &Deferred> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Failed(error) => Err(error),
        }
    }
}

/// An error that waits until Diesel asks for the value. Shared by the values of one row.
#[derive(Clone)]
pub(crate) struct Deferred(Arc<dyn DeferredError>);

impl Deferred {
    pub(crate) fn new<E>(error: E) -> Self
    where
        E: fmt::Display + Clone + Send + Sync + 'static,
        DieselError: From<E>,
    {
        Self(Arc::new(error))
    }

    pub(crate) fn source(&self) -> BoxedError {
        boxed(self.error())
    }

    fn error(&self) -> DieselError {
        self.0.error()
    }
}

impl fmt::Display for Deferred {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

trait DeferredError: fmt::Display + Send + Sync {
    fn error(&self) -> DieselError;
}

impl<E> DeferredError for E
where
    E: fmt::Display + Clone + Send + Sync,
    DieselError: From<E>,
{
    fn error(&self) -> DieselError {
        self.clone().into()
    }
}

type BoxedError = Box<dyn std::error::Error + Send + Sync>;

/// An error of ours as Diesel's traits return it: what [`Error::find`](crate::Error::find) finds in Diesel's own.
pub(crate) fn boxed(error: impl Into<DieselError>) -> BoxedError {
    match error.into() {
        DieselError::SerializationError(inner)
        | DieselError::DeserializationError(inner)
        | DieselError::QueryBuilderError(inner) => inner,
        other => Box::new(other),
    }
}

macro_rules! sealed_value {
    ($(#[$doc:meta])* $name:ident, $sql_type:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(FromSqlRow)]
        pub struct $name<S> {
            repr: Repr,
            form: PhantomData<fn() -> S>,
        }

        impl<S> $name<S> {
            /// Takes stored bytes as they are. Nothing is checked before they are opened or compared.
            #[must_use]
            pub fn from_bytes(bytes: Vec<u8>) -> Self {
                Self { repr: Repr::Bytes(bytes), form: PhantomData }
            }

            /// Stands for a value that could not be made: Diesel gets the error when it binds it.
            #[must_use]
            pub(crate) fn failed(error: Deferred) -> Self {
                Self { repr: Repr::Failed(error), form: PhantomData }
            }

            /// The stored bytes.
            ///
            /// # Errors
            /// Why there are none, as a statement would say it: the value was made outside of a scope, or could not be sealed
            /// there. [`Error::find`](crate::Error::find) finds ours.
            pub fn as_bytes(&self) -> QueryResult<&[u8]> {
                self.repr.bytes().map_err(Deferred::error)
            }

            /// The stored bytes.
            ///
            /// # Errors
            /// As [`as_bytes`](Self::as_bytes).
            pub fn into_bytes(self) -> QueryResult<Vec<u8>> {
                self.into_stored().map_err(|error| error.error())
            }

            /// The stored bytes, or the error that stands for them.
            pub(crate) fn into_stored(self) -> Result<Vec<u8>, Deferred> {
                match self.repr {
                    Repr::Bytes(bytes) => Ok(bytes),
                    Repr::Failed(error) => Err(error),
                }
            }
        }

        impl<S> Clone for $name<S> {
            fn clone(&self) -> Self {
                Self { repr: self.repr.clone(), form: PhantomData }
            }
        }

        /// What could not be made equals nothing.
        impl<S> PartialEq for $name<S> {
            fn eq(&self, other: &Self) -> bool {
                matches!((&self.repr, &other.repr), (Repr::Bytes(a), Repr::Bytes(b)) if a == b)
            }
        }

        // `debug_query` and Diesel's instrumentation print binds by `Debug`.
        impl<S> fmt::Debug for $name<S> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match &self.repr {
                    Repr::Bytes(bytes) => write!(f, concat!("<", $what, ", {} bytes>"), bytes.len()),
                    Repr::Failed(error) => write!(f, concat!("<", $what, ", failed: {}>"), error),
                }
            }
        }

        /// Lower-case hexadecimal text in formats that people read, bytes elsewhere.
        impl<S> Serialize for $name<S> {
            fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
                let bytes = self.repr.bytes().map_err(serde::ser::Error::custom)?;
                if serializer.is_human_readable() {
                    serializer.serialize_str(&hex::encode(bytes))
                } else {
                    serializer.serialize_bytes(bytes)
                }
            }
        }

        impl<'de, S> Deserialize<'de> for $name<S> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                // The errors of serde and of hex quote what they found, which may be plaintext.
                let error = || serde::de::Error::custom(concat!("not a ", $what, " value"));
                let bytes = if deserializer.is_human_readable() {
                    String::deserialize(deserializer).ok().and_then(|text| hex::decode(text).ok())
                } else {
                    Vec::<u8>::deserialize(deserializer).ok()
                };
                bytes.map(Self::from_bytes).ok_or_else(error)
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
                ToSql::<Binary, DB>::to_sql(self.repr.bytes().map_err(Deferred::source)?, out)
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

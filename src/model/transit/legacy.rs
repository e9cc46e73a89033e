//! Values of legacy columns as twins hold them: Diesel binds and loads them, and nothing prints them.

use std::fmt;
use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::internal::derives::as_expression::Bound;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Nullable, SingleValue};
use zeroize::Zeroizing;

use super::column::LegacyColumn;
use super::hook::LegacyError;
use crate::sql::{Deferred, boxed};

/// Marks legacy columns of home-made ciphertext, whose bytes are taken as they lie there.
#[derive(Debug, Clone, Copy)]
pub struct HomeMade;

/// What a legacy column holds of a value, or NULL: in the twin of a model in transit.
///
/// `L` is the stored form of the value, or [`HomeMade`]. It is made by sealing and by loading only. `Debug`, and with it
/// Diesel's `debug_query` and instrumentation, shows no content; there is no `Serialize`, so that no twin in a queue holds
/// plaintext.
#[derive(FromSqlRow)]
pub struct Legacy<L> {
    repr: Repr,
    form: PhantomData<fn() -> L>,
}

#[derive(Clone)]
enum Repr {
    Null,
    Bytes(Zeroizing<Vec<u8>>),
    Failed(Deferred),
}

impl<L> Legacy<L> {
    pub(crate) fn null() -> Self {
        Self { repr: Repr::Null, form: PhantomData }
    }

    pub(crate) fn of_bytes(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self { repr: Repr::Bytes(bytes), form: PhantomData }
    }

    /// Stands for a value that could not be made: Diesel gets the error when it binds it.
    pub(crate) fn failed(error: Deferred) -> Self {
        Self { repr: Repr::Failed(error), form: PhantomData }
    }

    /// Whether the column holds something, or is set to something.
    #[must_use]
    pub fn is_some(&self) -> bool {
        !matches!(self.repr, Repr::Null)
    }

    pub(super) fn into_bytes(self) -> Result<Option<Zeroizing<Vec<u8>>>, Deferred> {
        match self.repr {
            Repr::Null => Ok(None),
            Repr::Bytes(bytes) => Ok(Some(bytes)),
            Repr::Failed(error) => Err(error),
        }
    }

    fn bind<ST: LegacyColumn<L>>(&self) -> LegacyBind<ST::Value> {
        LegacyBind(match &self.repr {
            Repr::Null => Ok(None),
            Repr::Bytes(bytes) => ST::bind(bytes).map(Some).map_err(|_| Deferred::new(LegacyError::NotOfTheColumn)),
            Repr::Failed(error) => Err(error.clone()),
        })
    }
}

impl<L> Clone for Legacy<L> {
    fn clone(&self) -> Self {
        Self { repr: self.repr.clone(), form: PhantomData }
    }
}

/// What could not be made equals nothing.
impl<L> PartialEq for Legacy<L> {
    fn eq(&self, other: &Self) -> bool {
        match (&self.repr, &other.repr) {
            (Repr::Null, Repr::Null) => true,
            (Repr::Bytes(a), Repr::Bytes(b)) => a == b,
            _ => false,
        }
    }
}

impl<L> fmt::Debug for Legacy<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.repr {
            Repr::Null => f.write_str("<legacy, NULL>"),
            Repr::Bytes(_) => f.write_str("<legacy>"),
            Repr::Failed(error) => write!(f, "<legacy, failed: {error}>"),
        }
    }
}

/// A legacy value in the type of its column, on its way to the database. `Debug` shows nothing of it.
#[doc(hidden)]
pub struct LegacyBind<V>(Result<Option<V>, Deferred>);

impl<V> LegacyBind<V> {
    pub(super) fn of(value: V) -> Self {
        Self(Ok(Some(value)))
    }
}

impl<V: Clone> Clone for LegacyBind<V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<V> fmt::Debug for LegacyBind<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Ok(None) => f.write_str("<legacy, NULL>"),
            Ok(Some(_)) => f.write_str("<legacy>"),
            Err(error) => write!(f, "<legacy, failed: {error}>"),
        }
    }
}

impl<V, ST, DB> ToSql<Nullable<ST>, DB> for LegacyBind<V>
where
    DB: Backend,
    V: ToSql<ST, DB>,
    ST: 'static,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        match &self.0 {
            Ok(Some(value)) => ToSql::<ST, DB>::to_sql(value, out),
            Ok(None) => Ok(IsNull::Yes),
            Err(error) => Err(error.source()),
        }
    }
}

impl<L, ST> AsExpression<Nullable<ST>> for Legacy<L>
where
    ST: LegacyColumn<L>,
    Nullable<ST>: SingleValue,
{
    type Expression = Bound<Nullable<ST>, LegacyBind<ST::Value>>;

    fn as_expression(self) -> Self::Expression {
        Bound::new(self.bind::<ST>())
    }
}

impl<L, ST> AsExpression<Nullable<ST>> for &Legacy<L>
where
    ST: LegacyColumn<L>,
    Nullable<ST>: SingleValue,
{
    type Expression = Bound<Nullable<ST>, LegacyBind<ST::Value>>;

    fn as_expression(self) -> Self::Expression {
        Bound::new(self.bind::<ST>())
    }
}

impl<L, ST, DB> FromSql<Nullable<ST>, DB> for Legacy<L>
where
    DB: Backend,
    ST: LegacyColumn<L>,
    ST::Value: FromSql<ST, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let value = <ST::Value as FromSql<ST, DB>>::from_sql(bytes)?;
        ST::stored(value).map(Self::of_bytes).map_err(|_| boxed(LegacyError::NoForm))
    }

    fn from_nullable_sql(bytes: Option<DB::RawValue<'_>>) -> deserialize::Result<Self> {
        bytes.map_or_else(|| Ok(Self::null()), <Self as FromSql<Nullable<ST>, DB>>::from_sql)
    }
}

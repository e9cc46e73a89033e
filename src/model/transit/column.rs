//! SQL types of legacy columns, and the Rust types that Diesel binds and loads for them.

use diesel::sql_types::{self, Nullable, SingleValue, SqlType, is_nullable};
use zeroize::Zeroizing;

use super::legacy::HomeMade;
use crate::model::codec::{CodecError, Decode, Encode};
use crate::sql::{self, BlindIndexed, Encrypted};

mod json;

pub use json::JsonText;

/// A SQL type of legacy columns for values of the stored form `L`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "a column of type `Nullable<{Self}>` can't be the legacy column of values of `{L}`",
    label = "the legacy column",
    note = "it has the type that the values have without sealing; dates take fieldseal's feature `chrono`, decimals `rust_decimal` or \
            `bigdecimal`; home-made ciphertext lies in `Nullable<Binary>` or `Nullable<Text>`, and is read by `legacy_with`"
)]
pub trait LegacyColumn<L>: SqlType<IsNull = is_nullable::NotNull> + SingleValue + 'static {
    /// What Diesel binds and loads.
    type Value;
    /// Whether `=` of the column compares as the stored form does.
    const EXACT: bool = true;

    /// The value for Diesel, of a stored form.
    ///
    /// # Errors
    /// When the column's type can't hold it.
    fn bind(stored: &[u8]) -> Result<Self::Value, CodecError>;

    /// The stored form of what Diesel loaded.
    ///
    /// # Errors
    /// When it has none.
    fn stored(value: Self::Value) -> Result<Zeroizing<Vec<u8>>, CodecError>;
}

/// A SQL type of legacy columns of a model in transit.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` can't be the legacy column of values of `{L}`",
    label = "the legacy column",
    note = "declare it `Nullable<…>` in `table!` while the model is in transit, around the type that the values have without \
            sealing; dates take fieldseal's feature `chrono`, decimals `rust_decimal` or `bigdecimal`; home-made ciphertext lies in \
            `Nullable<Binary>` or `Nullable<Text>`, and is read by `legacy_with`"
)]
pub trait HoldsLegacy<L> {
    /// Whether `=` of the column compares as the stored form does.
    const EXACT: bool;
}

impl<L, ST: LegacyColumn<L>> HoldsLegacy<L> for Nullable<ST> {
    const EXACT: bool = ST::EXACT;
}

/// A SQL type of columns that hold cells, or NULL where the value still lies in the legacy column.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` can't hold sealed values of `{Form}` in transit",
    label = "the column of this field",
    note = "while a model has a legacy column, `table!` declares the sealed column as `Nullable<Encrypted<{Form}>>`"
)]
pub trait HoldsCellsInTransit<Form> {}

impl<S: 'static> HoldsCellsInTransit<S> for Nullable<Encrypted<S>> {}

/// A SQL type of columns that hold terms, or NULL where the value still lies in the legacy column.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` can't hold blind-index terms of `{Form}` in transit",
    label = "the term column",
    note = "while a model has a legacy column, `table!` declares the term column as `Nullable<BlindIndexed<{Form}>>`"
)]
pub trait HoldsTermsInTransit<Form> {}

impl<S: 'static> HoldsTermsInTransit<S> for Nullable<BlindIndexed<S>> {}

/// The stored form of a value that is done with.
fn stored<V: Encode>(value: &V) -> Result<Zeroizing<Vec<u8>>, CodecError> {
    let mut out = Zeroizing::new(Vec::with_capacity(value.stored_len()?));
    value.write(&mut out)?;
    Ok(out)
}

macro_rules! coded {
    ($($(#[$cfg:meta])* $form:ty: $sql:ty => $value:ty;)*) => {$(
        $(#[$cfg])*
        impl LegacyColumn<$form> for $sql {
            type Value = $value;

            fn bind(form: &[u8]) -> Result<$value, CodecError> {
                <$value as Decode>::decode(form.to_vec())
            }

            fn stored(value: $value) -> Result<Zeroizing<Vec<u8>>, CodecError> {
                stored(&value)
            }
        }
    )*};
}

coded! {
    sql_types::BigInt: sql_types::SmallInt => i16;
    sql_types::BigInt: sql_types::Integer => i32;
    sql_types::BigInt: sql_types::BigInt => i64;
    sql_types::Bool: sql_types::Bool => bool;
    sql_types::Double: sql_types::Float => f32;
    sql_types::Double: sql_types::Double => f64;
    #[cfg(feature = "postgres")] sql::Uuid: diesel::pg::sql_types::Uuid => uuid::Uuid;
    #[cfg(feature = "postgres")] sql::TextArray: diesel::pg::sql_types::Array<sql_types::Text> => Vec<String>;
    #[cfg(feature = "postgres")]
    sql::TextArray: diesel::pg::sql_types::Array<Nullable<sql_types::Text>> => Vec<Option<String>>;
    #[cfg(feature = "chrono")] sql_types::Date: sql_types::Date => chrono::NaiveDate;
    #[cfg(feature = "chrono")] sql_types::Time: sql_types::Time => chrono::NaiveTime;
    #[cfg(feature = "chrono")] sql_types::Timestamp: sql_types::Timestamp => chrono::NaiveDateTime;
    #[cfg(all(feature = "chrono", feature = "postgres"))]
    sql::Timestamptz: diesel::pg::sql_types::Timestamptz => chrono::DateTime<chrono::Utc>;
    #[cfg(feature = "rust_decimal")] sql_types::Numeric: sql_types::Numeric => rust_decimal::Decimal;
    #[cfg(all(feature = "bigdecimal", not(feature = "rust_decimal")))]
    sql_types::Numeric: sql_types::Numeric => bigdecimal::BigDecimal;
}

/// Columns whose own bytes are the stored form, or are taken as they are.
macro_rules! bytes {
    ($($(#[$cfg:meta])* $form:ty: $sql:ty => $value:ty, $exact:literal, $bind:expr;)*) => {$(
        $(#[$cfg])*
        impl LegacyColumn<$form> for $sql {
            type Value = $value;

            const EXACT: bool = $exact;

            fn bind(stored: &[u8]) -> Result<$value, CodecError> {
                let bind: fn(Vec<u8>) -> Result<$value, CodecError> = $bind;
                bind(stored.to_vec())
            }

            fn stored(value: $value) -> Result<Zeroizing<Vec<u8>>, CodecError> {
                Ok(Zeroizing::new(value.into()))
            }
        }
    )*};
}

const NOT_TEXT: CodecError = CodecError::Form { expected: "text" };

fn text(bytes: Vec<u8>) -> Result<String, CodecError> {
    String::from_utf8(bytes).map_err(|error| {
        drop(Zeroizing::new(error.into_bytes()));
        NOT_TEXT
    })
}

bytes! {
    sql_types::Text: sql_types::Text => String, true, text;
    #[cfg(feature = "postgres")] sql_types::Text: diesel::pg::sql_types::Citext => String, false, text;
    sql_types::Binary: sql_types::Binary => Vec<u8>, true, Ok;
    sql::Uuid: sql_types::Binary => Vec<u8>, true, Ok;
    sql::Json: sql_types::Text => String, false, text;
    sql::Json: sql_types::Json => JsonText, false, JsonText::of;
    sql::Json: sql_types::Jsonb => JsonText, false, JsonText::of;
    HomeMade: sql_types::Binary => Vec<u8>, false, Ok;
    HomeMade: sql_types::Text => String, false, text;
}

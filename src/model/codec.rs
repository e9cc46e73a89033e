//! Plaintext codecs: one documented stored form for each kind of value (spec/envelope.md, Codecs).

#[cfg(test)]
mod agreement;
mod array;
#[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
mod calendar;
#[cfg(feature = "chrono")]
mod chrono;
#[cfg(any(feature = "bigdecimal", feature = "rust_decimal"))]
mod decimal;
mod fixed;
mod float;
mod impls;
#[cfg(feature = "jiff")]
mod jiff;
mod json;
mod secret;
#[cfg(feature = "time")]
mod time;

use crate::sql::StoredForm;

pub use json::{Json, JsonRef};

/// A value that can be sealed.
///
/// [Derive](macro@crate::Encode) it, with [`Decode`], for newtypes and enums; implement it for other types of your own by
/// delegating to a type that has it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be sealed as a field",
    label = "no `fieldseal::Encode` for this type",
    note = "a serde type is sealed by `#[encrypted(json)]`; a newtype or an enum of unit variants derives \
            `fieldseal::Encode` and `fieldseal::Decode`",
    note = "sealed as they are: text, bytes, `i16`, `i32`, `i64`, `f32`, `f64`, `bool`, `Uuid`, `Vec<String>`, \
            `SecretString`, `SecretSlice<u8>`, `Zeroizing` of these; dates, times and decimals by fieldseal's features \
            `chrono`, `time`, `jiff`, `rust_decimal`, `bigdecimal`"
)]
pub trait Encode {
    /// The stored form: it decides the column's SQL type and its key.
    type Form: StoredForm;

    /// Length of the stored form in bytes, so that a cell takes one allocation.
    ///
    /// # Errors
    /// When the value has no stored form.
    fn stored_len(&self) -> Result<usize, CodecError>;

    /// Appends the stored form to `out`.
    ///
    /// # Errors
    /// When the value has no stored form.
    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError>;

    /// The stored form, if the value holds it already: a term then needs no copy.
    fn stored(&self) -> Option<&[u8]> {
        None
    }
}

/// A value that an opened cell gives.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be opened from a sealed field",
    label = "no `fieldseal::Decode` for this type",
    note = "a serde type is opened by `#[encrypted(json)]`; borrowed types can be sealed but not opened: load the \
            owned model instead"
)]
pub trait Decode: Sized {
    /// The stored form.
    type Form: StoredForm;

    /// Reads the stored form.
    ///
    /// # Errors
    /// When the bytes, though authentic, are not this type's: written by another type, or by other code.
    fn decode(stored: Vec<u8>) -> Result<Self, CodecError>;

    /// Reads the stored form for a type that is zeroized when it is dropped, as [`Zeroizing`](zeroize::Zeroizing).
    ///
    /// A type that copies out of `stored` zeroizes it here, one that keeps the buffer does not. The default is
    /// [`decode`](Self::decode).
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    fn decode_zeroizing(stored: Vec<u8>) -> Result<Self, CodecError> {
        Self::decode(stored)
    }
}

/// A plaintext that its codec could not write or read. It never says what the plaintext is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodecError {
    /// The stored bytes are not of the wanted form.
    #[error("the stored form is not {expected}")]
    Form {
        /// What was wanted.
        expected: &'static str,
    },
    /// The field's type can't hold the stored value: an integer or a year beyond its range, a scale, a `NULL` element.
    /// It is never rounded or cut off.
    #[error("the stored value does not fit {target}: give the field a wider type")]
    OutOfRange {
        /// The field's type.
        target: &'static str,
    },
    /// The value has no stored form: a leap second, a scale or a length beyond the form's.
    #[error("the value has no stored form: {reason}")]
    NoForm {
        /// What the form can't hold.
        reason: &'static str,
    },
    /// The stored JSON does not parse into the field's type any more, or the value can't be written as JSON.
    #[error("the JSON does not fit the field's type ({category} error at line {line} column {column})")]
    Json {
        /// `syntax`, `data`, `eof` or `io`.
        category: &'static str,
        /// Line, from 1; 0 when writing.
        line: usize,
        /// Column, from 1; 0 when writing.
        column: usize,
    },
    /// The opened bytes do not end as padding does: written by other code.
    #[error("the stored form is not padded as its column is declared")]
    Padding,
    /// A codec of the user's refused.
    #[error("{0}")]
    Custom(&'static str),
}

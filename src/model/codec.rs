//! Plaintext codecs: one documented stored form for each kind of value (spec/envelope.md, Codecs).

mod impls;
mod json;

use crate::sql::StoredForm;

pub use json::{Json, JsonRef};

/// A value that can be sealed.
///
/// Implement it, with [`Decode`], to seal a type of your own: delegate to a type that has it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be sealed as a field",
    label = "no `fieldseal::Encode` for this type",
    note = "a serde type is sealed by `#[encrypted(json)]`; text, bytes, `i16`, `i32`, `i64`, `bool`, `Uuid` and \
            `SecretString` as they are; for a type of your own implement `fieldseal::Encode` and `fieldseal::Decode`"
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
    /// The stored integer does not fit the field's type.
    #[error("the stored integer does not fit {target}: widen the field's type")]
    OutOfRange {
        /// The field's type.
        target: &'static str,
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
    /// A codec of the user's refused.
    #[error("{0}")]
    Custom(&'static str),
}

//! Home-made ciphertext: what a service's own functions read and write.

use zeroize::Zeroizing;

use crate::model::codec::{Decode, Encode};
use crate::model::stored::stored;

type Read = fn(&[u8]) -> Result<Zeroizing<Vec<u8>>, LegacyError>;
type Write = fn(&[u8]) -> Result<Vec<u8>, LegacyError>;

/// How a service's own functions make the stored form of what home-made encryption left in a legacy column, and back.
#[derive(Debug, Clone, Copy)]
pub struct LegacyHook {
    pub(crate) read: Read,
    pub(crate) write: Option<Write>,
}

#[doc(hidden)]
impl LegacyHook {
    /// A hook around `read`, which gives a stored form.
    #[must_use]
    pub const fn new(read: Read) -> Self {
        Self { read, write: None }
    }

    /// The hook, with the way back from the stored form.
    #[must_use]
    pub const fn writing(self, write: Write) -> Self {
        Self { write: Some(write), ..self }
    }
}

/// What is wrong with a legacy value. It never says what the value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LegacyError {
    /// The function refused it: another key, another format, damaged bytes.
    #[error("`legacy_with` refused the value")]
    Refused,
    /// The value has no stored form.
    #[error("the legacy value has no stored form")]
    NoForm,
    /// The inverse function refused the value.
    #[error("`legacy_write` refused the value")]
    NotWritten,
    /// The legacy column can't hold the value: a number beyond its range, or bytes that are not text.
    #[error("the legacy column's type can't hold the value")]
    NotOfTheColumn,
}

impl LegacyError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Refused => "legacy.refused",
            Self::NoForm => "legacy.no_form",
            Self::NotWritten => "legacy.not_written",
            Self::NotOfTheColumn => "legacy.not_of_the_column",
        }
    }
}

/// The stored form of what `legacy_with` gave.
///
/// # Errors
/// [`LegacyError::NoForm`].
#[doc(hidden)]
pub fn legacy_form<V: Encode + ?Sized>(value: &V) -> Result<Zeroizing<Vec<u8>>, LegacyError> {
    stored(value).map(|stored| Zeroizing::new(stored.to_vec())).map_err(|_| LegacyError::NoForm)
}

/// The value for `legacy_write`, of its stored form.
///
/// # Errors
/// [`LegacyError::NoForm`].
#[doc(hidden)]
pub fn legacy_value<T: Decode>(stored: &[u8]) -> Result<T, LegacyError> {
    T::decode(stored.to_vec()).map_err(|_| LegacyError::NoForm)
}

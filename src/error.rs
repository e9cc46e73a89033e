//! All of fieldseal's errors in one, for services that want one, and for finding ours inside Diesel's.

use diesel::result::Error as DieselError;

use crate::keys::{KeyError, StoreError};
use crate::model::{LegacyError, LookupError, OpenError, SealError};
use crate::schema::SchemaError;
use crate::session::{BuildError, OpenManyError};

/// Any error of fieldseal.
///
/// In a Diesel transaction, whose closure returns [`diesel::result::Error`], the `?` operator turns [`SealError`],
/// [`OpenError`], [`OpenManyError`], [`LookupError`] and [`KeyError`] into Diesel's; [`Error::find`] finds them again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// Sealing.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// Opening.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Looking up.
    #[error(transparent)]
    Lookup(#[from] LookupError),
    /// A legacy value, between Diesel and a model in transit.
    #[error(transparent)]
    Legacy(#[from] LegacyError),
    /// Building a vault.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// Checking a schema.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The key store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The local key file.
    #[cfg(feature = "local-keys")]
    #[error(transparent)]
    LocalKey(#[from] crate::keys::LocalKeyError),
    /// A query of the caller's, so that this type can serve for a whole request.
    #[error(transparent)]
    Query(#[from] DieselError),
}

impl Error {
    /// Finds fieldseal's error inside Diesel's, where a query or transaction failed because of it.
    #[must_use]
    pub fn find(error: &DieselError) -> Option<&Self> {
        match error {
            DieselError::SerializationError(inner)
            | DieselError::DeserializationError(inner)
            | DieselError::QueryBuilderError(inner) => inner.downcast_ref(),
            _ => None,
        }
    }

    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Keys(error) => error.code(),
            Self::Seal(error) => error.code(),
            Self::Open(error) => error.code(),
            Self::Lookup(error) => error.code(),
            Self::Legacy(error) => error.code(),
            Self::Build(error) => error.code(),
            Self::Schema(error) => error.code(),
            Self::Store(error) => error.code(),
            #[cfg(feature = "local-keys")]
            Self::LocalKey(_) => "keys.local",
            Self::Query(error) => Self::find(error).map_or("query", Self::code),
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Keys(error) => error.is_retryable(),
            Self::Seal(error) => error.is_retryable(),
            Self::Open(error) => error.is_retryable(),
            Self::Lookup(error) => error.is_retryable(),
            Self::Store(error) => error.is_retryable(),
            #[cfg(feature = "local-keys")]
            Self::LocalKey(_) => false,
            Self::Query(error) => Self::find(error).is_some_and(Self::is_retryable),
            Self::Build(_) | Self::Schema(_) | Self::Legacy(_) => false,
        }
    }
}

impl From<OpenManyError> for Error {
    fn from(error: OpenManyError) -> Self {
        match error {
            OpenManyError::Keys(error) => Self::Keys(error),
            OpenManyError::Open(error) => Self::Open(error),
        }
    }
}

impl From<LegacyError> for DieselError {
    fn from(error: LegacyError) -> Self {
        Self::SerializationError(Box::new(Error::from(error)))
    }
}

impl From<SealError> for DieselError {
    fn from(error: SealError) -> Self {
        Self::SerializationError(Box::new(Error::from(error)))
    }
}

impl From<OpenError> for DieselError {
    fn from(error: OpenError) -> Self {
        Self::DeserializationError(Box::new(Error::from(error)))
    }
}

impl From<LookupError> for DieselError {
    fn from(error: LookupError) -> Self {
        match error {
            LookupError::Query(error) => error,
            error => Self::QueryBuilderError(Box::new(Error::from(error))),
        }
    }
}

impl From<OpenManyError> for DieselError {
    fn from(error: OpenManyError) -> Self {
        match error {
            OpenManyError::Keys(error) => error.into(),
            OpenManyError::Open(error) => error.into(),
        }
    }
}

impl From<KeyError> for DieselError {
    fn from(error: KeyError) -> Self {
        Self::QueryBuilderError(Box::new(Error::from(error)))
    }
}

//! Why a backup can't be used.

use std::io;

use crate::context::FirmId;
use crate::keys::{KeyError, Tampering};

/// Why a backup can't be checked or restored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The provider or the store failed.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The backup can't be read.
    #[error("the backup can't be read")]
    Read(#[source] io::Error),
    /// It does not begin as a backup does.
    #[error("this is no fieldseal backup")]
    NotABackup,
    /// A later release wrote it.
    #[error("the backup is of format {format}, which this release does not know: use a later one")]
    UnknownFormat {
        /// Its format.
        format: u8,
    },
    /// It ends too early.
    #[error("the backup ends after {firms} firms, without its end: use another copy")]
    Truncated {
        /// Whole firms before.
        firms: u64,
    },
    /// No release wrote this.
    #[error("the backup is malformed after {firms} firms")]
    Malformed {
        /// Whole firms before.
        firms: u64,
    },
    /// It is not as it was written.
    #[error("the backup is not authentic after {firms} firms: altered, out of order, or made of two")]
    Unauthentic {
        /// Authentic firms before.
        firms: u64,
    },
    /// A record in it does not hold up.
    #[error("the backup's record of firm {firm} does not hold up: {what}")]
    Record {
        /// The firm.
        firm: FirmId,
        /// What does not hold up.
        what: Tampering,
    },
    /// The store's platform has other keys, and they do not follow from the backup's.
    #[error(
        "the store's platform is not the backup's: restore into an empty store, or use a backup that was made since its \
         master key was rotated"
    )]
    OtherPlatform,
}

impl RestoreError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Keys(error) => error.code(),
            Self::Read(_) => "restore.read",
            Self::NotABackup => "restore.not_a_backup",
            Self::UnknownFormat { .. } => "restore.unknown_format",
            Self::Truncated { .. } => "restore.truncated",
            Self::Malformed { .. } => "restore.malformed",
            Self::Unauthentic { .. } => "restore.unauthentic",
            Self::Record { .. } => "restore.record",
            Self::OtherPlatform => "restore.other_platform",
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Keys(error) if error.is_retryable())
    }
}

//! Why a firm is not shredded.

use crate::admin::CensusError;
use crate::context::FirmId;
use crate::keys::KeyError;

/// A firm that can't be shredded, or whose shredding can't be completed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShredError {
    /// The firm's record can't be had or written, or the firm is held.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// Nobody requested it, or it was cancelled.
    #[error(
        "the shredding of firm {firm} was not requested: run `request_shred(…)`, and again after the waiting period"
    )]
    NotRequested {
        /// The firm.
        firm: FirmId,
    },
    /// The waiting period is not over.
    #[error("the shredding of firm {firm} is due at {due} (Unix seconds), now it is {now}")]
    NotDue {
        /// The firm.
        firm: FirmId,
        /// Unix seconds.
        due: u64,
        /// Unix seconds.
        now: u64,
    },
    /// Tables that still hold the firm's plaintext, as `table.column`, with their rows.
    #[error(
        "columns still hold plaintext of firm {firm}: {columns}; contract or clear them, or say `leave_plaintext()`"
    )]
    Plaintext {
        /// The firm.
        firm: FirmId,
        /// `table.column (rows)`, with commas between.
        columns: String,
    },
    /// Terms in global indexes that can't be set to NULL.
    #[error("{columns} hold terms of global indexes and are NOT NULL: delete the firm's rows, then shred it")]
    NotNull {
        /// `table.column`, with commas between.
        columns: String,
    },
    /// A declared column of plaintext whose table no model has, or that the database does not know.
    #[error("`{column}` can't be looked through for plaintext: no registered model that firms own has its table")]
    UnknownColumn {
        /// `table.column`.
        column: String,
    },
    /// The rows can't be read or changed.
    #[error(transparent)]
    Rows(#[from] CensusError),
}

impl ShredError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Keys(error) => error.code(),
            Self::NotRequested { .. } => "shred.not_requested",
            Self::NotDue { .. } => "shred.not_due",
            Self::Plaintext { .. } => "shred.plaintext",
            Self::NotNull { .. } => "shred.not_null",
            Self::UnknownColumn { .. } => "shred.unknown_column",
            Self::Rows(error) => error.code(),
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Keys(error) => error.is_retryable(),
            Self::Rows(error) => error.is_retryable(),
            Self::NotDue { .. } => true,
            _ => false,
        }
    }
}

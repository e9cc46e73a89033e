//! Why a value was not sealed.

use super::open::OpenError;
use crate::context::FirmId;
use crate::keys::KeyError;
use crate::model::codec::CodecError;
use crate::model::transit::LegacyError;
use crate::random::RandomError;

/// Why a value was not sealed.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The session's keys are gone.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The value belongs to another firm than the session.
    #[error(
        "a `{model}` of firm {row} can't be sealed in a session of firm {session}: open a session of the row's firm"
    )]
    WrongFirm {
        /// The model.
        model: &'static str,
        /// The session's firm.
        session: FirmId,
        /// The value's firm.
        row: FirmId,
    },
    /// The session's firm is of a sort (UUID, integer, text) that the model's firm column can't hold.
    #[error(
        "no row of `{model}` can be firm {session}'s, since its firm column holds ids of another type: open the session by an id \
         of that type"
    )]
    FirmSort {
        /// The model.
        model: &'static str,
        /// The session's firm.
        session: FirmId,
    },
    /// A form of a firm's model in the platform's session.
    #[error("a form of `{model}` can't be sealed in the platform's session: open a session of the row's firm")]
    PlatformSession {
        /// The model.
        model: &'static str,
    },
    /// A row-bound cell without a row key.
    #[error("{table}.{column} is bound to its row: a row key is wanted")]
    NoRowKey {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// A closed value of another place. A cell is bound to where it was loaded from.
    #[error(
        "{table}.{column} holds a closed value of another row, column or firm: open it first, and save what it holds as \
         a new value"
    )]
    Moved {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// A cell that was sealed before its row was written, and does not open where it is to be stored.
    #[error(
        "{table}.{column} was given a cell that does not open in this row: sealed for another row, column or firm, or under a \
         key that is gone; seal the value anew"
    )]
    Misplaced {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// Why it does not open.
        #[source]
        source: OpenError,
    },
    /// The value has no stored form.
    #[error("{table}.{column} can't be sealed")]
    Codec {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// Why.
        #[source]
        source: CodecError,
    },
    /// The model has a global index and the session has no right to it.
    #[error(
        "{table}.{index} is a global index: give the session the right to it by \
         `session.with_global_index(&vault.global_index().await?)`"
    )]
    NoGlobalIndex {
        /// The table.
        table: &'static str,
        /// The term column.
        index: &'static str,
    },
    /// A model in transit, of whose phase the process does not know.
    #[error(
        "{table}.{column} has a legacy column and no phase: begin its migration (`fieldseal migrate`), or take `legacy` off the \
         field; a process that has just started may not know the phase yet"
    )]
    NoPhase {
        /// The table.
        table: &'static str,
        /// The sealed column.
        column: &'static str,
    },
    /// Home-made ciphertext that nobody can write, in the phase in which nothing else is written.
    #[error(
        "{table}.{column} can't be written in the phase `expanded`, which writes the legacy column alone: give the field \
         `legacy_write = <function>`, or go on to `dual-write`"
    )]
    NoLegacyWrite {
        /// The table.
        table: &'static str,
        /// The sealed column.
        column: &'static str,
    },
    /// The service's function made no legacy value.
    #[error("{table}.{column} can't be written in its legacy form")]
    Legacy {
        /// The table.
        table: &'static str,
        /// The sealed column.
        column: &'static str,
        /// Why.
        #[source]
        source: LegacyError,
    },
    /// The random source failed.
    #[error(transparent)]
    Random(#[from] RandomError),
}

impl SealError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Keys(error) => error.code(),
            Self::WrongFirm { .. } => "seal.wrong_firm",
            Self::FirmSort { .. } => "seal.firm_sort",
            Self::PlatformSession { .. } => "seal.platform_session",
            Self::NoRowKey { .. } => "seal.no_row_key",
            Self::Moved { .. } => "seal.moved",
            Self::Misplaced { .. } => "seal.misplaced",
            Self::Codec { .. } => "seal.codec",
            Self::NoGlobalIndex { .. } => "seal.no_global_index",
            Self::NoPhase { .. } => "seal.no_phase",
            Self::NoLegacyWrite { .. } => "seal.no_legacy_write",
            Self::Legacy { .. } => "seal.legacy",
            Self::Random(_) => "seal.random",
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Keys(error) => error.is_retryable(),
            Self::Random(_) | Self::NoPhase { .. } => true,
            _ => false,
        }
    }
}

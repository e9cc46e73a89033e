//! Why a cell was not opened.

use crate::context::FirmId;
use crate::envelope::{EnvelopeError, Kind};
use crate::keys::KeyError;
use crate::model::codec::CodecError;
use crate::model::transit::LegacyError;

/// Why a cell was not opened.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The session's keys are gone.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The row belongs to another firm than the session.
    #[error("a row of `{model}` of firm {row} can't be opened in a session of firm {session}")]
    WrongFirm {
        /// The model.
        model: &'static str,
        /// The session's firm.
        session: FirmId,
        /// The row's firm.
        row: FirmId,
    },
    /// The session's firm is of a sort (platform, UUID, integer, text) that the model's firm column can't hold: a cell of
    /// another owner than the rest of what is opened with it.
    #[error(
        "a cell of `{model}` can't be firm {session}'s, since its rows belong to firms of another sort: show it in a view of its \
         own, opened in a session of its owner"
    )]
    FirmSort {
        /// The model.
        model: &'static str,
        /// The session's firm.
        session: FirmId,
    },
    /// There is no cell: the value could not be sealed, and was never stored.
    #[error("{table}.{column} was not sealed: {reason}")]
    NotSealed {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// Why.
        reason: String,
    },
    /// The stored bytes are no cell.
    #[error("{table}.{column} holds no sealed cell")]
    Envelope {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// What is wrong with the bytes.
        #[source]
        source: EnvelopeError,
    },
    /// The cell is of another kind than the model declares, so that it is bound to less, or to something else.
    #[error(
        "{table}.{column} holds a {found:?} cell where the model declares {expected:?}: refused, since it would be a downgrade"
    )]
    WrongKind {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// What the model declares.
        expected: Kind,
        /// What the cell is.
        found: Kind,
    },
    /// The firm has no data key of the cell's version.
    #[error("{table}.{column} is sealed under data key {version}, which the firm does not have (any more)")]
    UnknownVersion {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The cell's version.
        version: u32,
    },
    /// The cell's data-key version is below the firm's minimum.
    #[error("{table}.{column} is sealed under data key {version}; the firm opens {minimum} and above")]
    BelowMinimum {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// The cell's version.
        version: u32,
        /// The firm's minimum.
        minimum: u32,
    },
    /// The cell is altered, or belongs to another row, column, table, codec or firm.
    #[error("{table}.{column} is not authentic: altered, or moved from another row, column or firm")]
    Unauthentic {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// The cell opened, but its plaintext does not fit the field's type.
    #[error("{table}.{column} opened, but does not fit the field's type")]
    Codec {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// Why.
        #[source]
        source: CodecError,
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
    /// The row holds neither a cell nor a legacy value, and the field is no `Option`.
    #[error("{table}.{column} holds neither a cell nor a legacy value, and its field is no `Option`")]
    NoValue {
        /// The table.
        table: &'static str,
        /// The sealed column.
        column: &'static str,
    },
    /// The row held a legacy value alone, which is not read any more: loaded before the sweep, opened after cut-over.
    #[error("{table}.{column} was loaded unsealed, and the phase `cut-over` reads no legacy value: load the row again")]
    Unsealed {
        /// The table.
        table: &'static str,
        /// The sealed column.
        column: &'static str,
    },
    /// The service's function can't read the legacy value.
    #[error("{table}.{column} holds a legacy value that can't be read")]
    Legacy {
        /// The table.
        table: &'static str,
        /// The sealed column.
        column: &'static str,
        /// Why.
        #[source]
        source: LegacyError,
    },
}

impl OpenError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Keys(error) => error.code(),
            Self::WrongFirm { .. } => "open.wrong_firm",
            Self::FirmSort { .. } => "open.firm_sort",
            Self::NotSealed { .. } => "open.not_sealed",
            Self::Envelope { .. } => "open.envelope",
            Self::WrongKind { .. } => "open.wrong_kind",
            Self::UnknownVersion { .. } => "open.unknown_version",
            Self::BelowMinimum { .. } => "open.below_minimum",
            Self::Unauthentic { .. } => "open.unauthentic",
            Self::Codec { .. } => "open.codec",
            Self::NoPhase { .. } => "open.no_phase",
            Self::NoValue { .. } => "open.no_value",
            Self::Unsealed { .. } => "open.unsealed",
            Self::Legacy { .. } => "open.legacy",
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Keys(error) => error.is_retryable(),
            Self::NoPhase { .. } | Self::Unsealed { .. } => true,
            _ => false,
        }
    }
}

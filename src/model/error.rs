//! Why a value was not sealed, opened or looked up: each names table and column, none a value.

use super::codec::CodecError;
use crate::context::FirmId;
use crate::envelope::{EnvelopeError, Kind};
use crate::keys::KeyError;
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
    /// The random source failed.
    #[error(transparent)]
    Random(#[from] RandomError),
}

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
}

/// Why a lookup could not be made: never an empty result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LookupError {
    /// The session's keys are gone.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// A firm's session for rows of the platform, or the platform's for rows of firms.
    #[error("a `{model}` can't be looked up in a session of firm {firm}: open a session of the rows' owner")]
    WrongSession {
        /// The model.
        model: &'static str,
        /// The session's firm.
        firm: FirmId,
    },
    /// The value sought has no stored form.
    #[error("{table}.{column} can't be looked up by this value")]
    Codec {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
        /// Why.
        #[source]
        source: CodecError,
    },
    /// The query failed.
    #[error("the lookup's query failed")]
    Query(#[from] diesel::result::Error),
    /// A found row did not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A global index, looked up with a scope's session that has no right to it.
    #[error(
        "{table}.{index} is a global index: give the session the right to it by \
         `session.with_global_index(&vault.global_index().await?)`, or look up by `eq(&global_index, …)`"
    )]
    NoGlobalIndex {
        /// The table.
        table: &'static str,
        /// The term column.
        index: &'static str,
    },
    /// The query ignored the page's cursor, order or size.
    #[error(
        "the query did not follow its page: make it by `page.of(query, key)`, key being what `by` takes from a row"
    )]
    Unpaged,
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
            Self::Random(_) => "seal.random",
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Keys(error) => error.is_retryable(),
            Self::Random(_) => true,
            _ => false,
        }
    }
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
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Keys(error) if error.is_retryable())
    }
}

impl LookupError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Keys(error) => error.code(),
            Self::WrongSession { .. } => "lookup.wrong_session",
            Self::Codec { .. } => "lookup.codec",
            Self::Query(_) => "lookup.query",
            Self::Open(error) => error.code(),
            Self::NoGlobalIndex { .. } => "lookup.no_global_index",
            Self::Unpaged => "lookup.unpaged",
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Keys(error) => error.is_retryable(),
            Self::Open(error) => error.is_retryable(),
            _ => false,
        }
    }
}

/// A lookup's error before its query ran: Diesel may ask for it more than once.
#[derive(Clone)]
pub(crate) struct Unasked(std::sync::Arc<LookupError>);

impl From<LookupError> for Unasked {
    fn from(error: LookupError) -> Self {
        Self(std::sync::Arc::new(error))
    }
}

impl std::fmt::Display for Unasked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Unasked> for diesel::result::Error {
    fn from(error: Unasked) -> Self {
        let again = match &*error.0 {
            LookupError::Keys(keys) => LookupError::Keys(keys.clone()),
            LookupError::WrongSession { model, firm } => LookupError::WrongSession { model, firm: firm.clone() },
            LookupError::Codec { table, column, source } => LookupError::Codec { table, column, source: *source },
            LookupError::NoGlobalIndex { table, index } => LookupError::NoGlobalIndex { table, index },
            LookupError::Open(open) => LookupError::Open(open.clone()),
            LookupError::Unpaged => LookupError::Unpaged,
            LookupError::Query(_) => return Self::QueryBuilderError(error.to_string().into()),
        };
        again.into()
    }
}

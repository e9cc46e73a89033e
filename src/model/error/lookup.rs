//! Why a lookup could not be made.

use std::fmt;
use std::sync::Arc;

use super::open::OpenError;
use crate::context::FirmId;
use crate::keys::KeyError;
use crate::model::codec::CodecError;

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
    /// A predicate over values that are not all sealed, where SQL can't tell which of the rest equal.
    #[error(
        "{table}.{column} is in transit, and SQL can't tell which of its legacy values equal: look up by \
         `.find(&session, value)?`, which opens and re-checks, until the phase is `cut-over`"
    )]
    InTransit {
        /// The table.
        table: &'static str,
        /// The sealed column.
        column: &'static str,
    },
    /// The query ignored the page's cursor, order or size.
    #[error(
        "the query did not follow its page: make it by `page.of(query, key)`, key being what `by` takes from a row"
    )]
    Unpaged,
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
            Self::NoPhase { .. } => "lookup.no_phase",
            Self::InTransit { .. } => "lookup.in_transit",
            Self::Unpaged => "lookup.unpaged",
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Keys(error) => error.is_retryable(),
            Self::Open(error) => error.is_retryable(),
            Self::NoPhase { .. } => true,
            _ => false,
        }
    }
}

/// A lookup's error before its query ran: Diesel may ask for it more than once.
#[derive(Clone)]
pub(crate) struct Unasked(Arc<LookupError>);

impl From<LookupError> for Unasked {
    fn from(error: LookupError) -> Self {
        Self(Arc::new(error))
    }
}

impl fmt::Display for Unasked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
            LookupError::NoPhase { table, column } => LookupError::NoPhase { table, column },
            LookupError::InTransit { table, column } => LookupError::InTransit { table, column },
            LookupError::Unpaged => LookupError::Unpaged,
            LookupError::Query(_) => return Self::QueryBuilderError(error.to_string().into()),
        };
        again.into()
    }
}

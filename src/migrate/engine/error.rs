//! Why a pass did not come to its end.

use std::time::Duration;

use tokio_postgres::error::SqlState;

use crate::keys::KeyError;
use crate::migrate::ConnectError;
use crate::migrate::rows::postgres::TableError;

/// A pass that did not come to its end. What it did before stays done; the next run goes on from there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The database can't be connected to.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// A statement failed.
    #[error("table {table}: the database failed while {doing}: {what}")]
    Database {
        /// The table.
        table: &'static str,
        /// What was done.
        doing: &'static str,
        /// SQLSTATE, and the message where it can hold no value.
        what: String,
        /// Whether it may go away by itself.
        retryable: bool,
    },
    /// A firm's keys can't be had.
    #[error("table {table}: the keys of a row's firm can't be had")]
    Keys {
        /// The table.
        table: &'static str,
        /// Why not.
        #[source]
        source: KeyError,
    },
    /// The table, or a column of the model, is not there.
    #[error("table {table}, or a column that its model names, is not there: run `expand` first")]
    Missing {
        /// The table.
        table: &'static str,
    },
    /// Rows can't be addressed.
    #[error(
        "table {table} has neither a primary key nor a unique index over columns that are NOT NULL: make one, by CREATE \
         UNIQUE INDEX CONCURRENTLY, so that rows can be read in order and written one by one"
    )]
    NoKey {
        /// The table.
        table: &'static str,
    },
    /// An operator aborted the job.
    #[error("job {job} was aborted: resume it to go on")]
    Aborted {
        /// The job.
        job: String,
    },
    /// This process was told to leave the pass.
    #[error("job {job} was left by this process: run it again to go on")]
    Stopped {
        /// The job.
        job: String,
    },
    /// Nobody began the job.
    #[error("there is no job {job} in this database")]
    NoJob {
        /// The job.
        job: String,
    },
    /// Another job works on the table.
    #[error("another job works on table {table}: let it end, or abort it, before job {job} begins")]
    Busy {
        /// The table.
        table: &'static str,
        /// The job that was refused.
        job: String,
    },
    /// The job is at a step in which this pass can't write.
    #[error(
        "job {job} is at `{step}`, where no pass can {kind}: plaintext comes back in `dual-write`, to which a roll-back leads"
    )]
    OutOfOrder {
        /// The job.
        job: String,
        /// Its step.
        step: String,
        /// What the pass makes of cells.
        kind: &'static str,
    },
    /// A pass of other work is not at its end.
    #[error("job {job} is in the middle of a pass of other work ({work}): let it end before another begins")]
    OtherPass {
        /// The job.
        job: String,
        /// That pass's work.
        work: String,
    },
    /// So many rows are in quarantine that something else must be wrong.
    #[error("table {table}: more than {limit} rows are in quarantine; look at them before the pass goes on")]
    Quarantine {
        /// The table.
        table: &'static str,
        /// The limit.
        limit: u64,
    },
    /// What failed for a while went on failing.
    #[error("table {table}: {doing} failed for {after:?}: {what}")]
    Patience {
        /// The table.
        table: &'static str,
        /// What was done.
        doing: &'static str,
        /// How long it was tried.
        after: Duration,
        /// The last failure.
        what: String,
    },
    /// The engine does not do this.
    #[error("table {table}: {why}")]
    Unsupported {
        /// The table.
        table: &'static str,
        /// Why not, and what to do instead.
        why: &'static str,
    },
    /// A worker panicked.
    #[error("table {table}: a worker panicked; the next run goes on where it was")]
    Panicked {
        /// The table.
        table: &'static str,
    },
}

impl RunError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Connect(_) => "run.connect",
            Self::Database { .. } => "run.database",
            Self::Keys { source, .. } => source.code(),
            Self::Missing { .. } => "run.missing",
            Self::NoKey { .. } => "run.no_key",
            Self::Aborted { .. } => "run.aborted",
            Self::Stopped { .. } => "run.stopped",
            Self::NoJob { .. } => "run.no_job",
            Self::Busy { .. } => "run.busy",
            Self::OutOfOrder { .. } => "run.out_of_order",
            Self::OtherPass { .. } => "run.other_pass",
            Self::Quarantine { .. } => "run.quarantine",
            Self::Patience { .. } => "run.patience",
            Self::Unsupported { .. } => "run.unsupported",
            Self::Panicked { .. } => "run.panicked",
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Connect(_) | Self::Patience { .. } | Self::Stopped { .. } => true,
            Self::Database { retryable, .. } => *retryable,
            Self::Keys { source, .. } => source.is_retryable(),
            _ => false,
        }
    }

    pub(super) fn table(table: &'static str, error: TableError) -> Self {
        match error {
            TableError::Database(error) => Self::database(table, "reading the catalogs", &error),
            TableError::Missing => Self::Missing { table },
            TableError::NoKey => Self::NoKey { table },
        }
    }

    pub(super) fn database(table: &'static str, doing: &'static str, error: &tokio_postgres::Error) -> Self {
        let retryable = Fault::of(error) != Fault::Fatal;
        Self::Database { table, doing, what: told(error), retryable }
    }
}

/// What of a database's error can be told: messages about values may hold them.
pub(super) fn told(error: &tokio_postgres::Error) -> String {
    // What the client itself says names a parameter or a column by its number.
    let Some(db) = error.as_db_error() else { return error.to_string() };
    let code = db.code().code();
    let harmless = ["08", "25", "28", "3D", "3F", "40", "42", "53", "55", "57"];
    if harmless.iter().any(|class| code.starts_with(class)) {
        format!("{code} {}", db.message())
    } else {
        code.to_owned()
    }
}

/// What to do about a database's error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The transaction lost against others: again.
    Again,
    /// Somebody holds a lock for longer than is waited.
    Locked,
    /// The connection is of no use any more.
    Lost,
    /// A row of the statement is refused.
    Row,
    /// A row's value is there already.
    Unique,
    /// Nothing that trying again would mend.
    Fatal,
}

impl Fault {
    pub(super) fn of(error: &tokio_postgres::Error) -> Self {
        let Some(code) = error.code() else {
            let io = std::error::Error::source(error).is_some_and(|source| source.is::<std::io::Error>());
            return if io || error.is_closed() { Self::Lost } else { Self::Fatal };
        };
        match *code {
            SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED | SqlState::QUERY_CANCELED => {
                Self::Again
            }
            SqlState::LOCK_NOT_AVAILABLE => Self::Locked,
            SqlState::UNIQUE_VIOLATION => Self::Unique,
            // A plan or a prepared statement that does not fit any more goes with its connection.
            SqlState::FEATURE_NOT_SUPPORTED
            | SqlState::INVALID_SQL_STATEMENT_NAME
            | SqlState::READ_ONLY_SQL_TRANSACTION => Self::Lost,
            SqlState::DISK_FULL | SqlState::OUT_OF_MEMORY => Self::Fatal,
            _ => Self::of_class(code.code()),
        }
    }

    fn of_class(code: &str) -> Self {
        match code.get(..2) {
            Some("08" | "53" | "57") => Self::Lost,
            Some("22" | "23" | "P0") => Self::Row,
            _ => Self::Fatal,
        }
    }
}

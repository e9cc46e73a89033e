//! Why a step was not done.

use std::fmt;

use crate::admin::PhaseError;
use crate::keys::KeyError;
use crate::migrate::locks::StatementError;
use crate::migrate::postgres::ConnectError;
use crate::schema::SchemaError;

/// A step that was not done, or not to its end: it can be run again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// The database can't be connected to.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The phase can't be changed.
    #[error(transparent)]
    Phase(#[from] PhaseError),
    /// The model contradicts itself.
    #[error(transparent)]
    Model(#[from] SchemaError),
    /// A statement that needs a lock was not run.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// The database refused a query.
    #[error("the database refused a query")]
    Query(#[from] tokio_postgres::Error),
    /// Another operator is at it.
    #[error("another operator is working on job `{job}`: one at a time")]
    Busy {
        /// The job.
        job: String,
    },
    /// Another job works on the table.
    #[error("job `{other}` is at work on {table}: finish or abort it first")]
    TableTaken {
        /// The table.
        table: &'static str,
        /// The other job.
        other: String,
    },
    /// Nobody began the job.
    #[error("there is no job `{job}` in this database: begin it by `expand`")]
    NotBegun {
        /// The job.
        job: String,
    },
    /// The step does not follow from where the job is.
    #[error("job `{job}` is at `{at}`, from which `{wanted}` does not follow")]
    OutOfOrder {
        /// The job.
        job: String,
        /// Where it is.
        at: String,
        /// The step that was asked for.
        wanted: &'static str,
    },
    /// Nobody has verified the table since the step before.
    #[error("{table} was not verified since `{since}`: run `verify` to its end first")]
    NotVerified {
        /// The table.
        table: &'static str,
        /// The step before.
        since: &'static str,
    },
    /// The report of the verification is not authentic.
    #[error(
        "the report on {table} beside its job is not authentic under the platform's present keys: run `verify` again, and unless those keys were changed since, ask who wrote it"
    )]
    ForgedReport {
        /// The table.
        table: &'static str,
    },
    /// Rows are in quarantine.
    #[error("{rows} rows of {table} are in quarantine: see why, mend them, and sweep again")]
    Quarantined {
        /// The table.
        table: &'static str,
        /// How many rows.
        rows: i64,
    },
    /// Values lie in their legacy column only, or in their cell only, so that the step would lose them.
    #[error("{rows} rows of {table} {what}")]
    Incomplete {
        /// The table.
        table: &'static str,
        /// How many rows.
        rows: i64,
        /// What is the matter, and what to do.
        what: &'static str,
    },
    /// The table can't be migrated as it is.
    #[error("{table} can't be migrated as it is:{}", listed(.obstacles))]
    Obstacles {
        /// The table.
        table: &'static str,
        /// Each with what to do.
        obstacles: Vec<Obstacle>,
    },
    /// The model has no legacy column.
    #[error("no column of {table} has a legacy column: name it on the model's field by `legacy = …`")]
    NoLegacy {
        /// The table.
        table: &'static str,
    },
}

/// Why a table can't be migrated as it is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Obstacle {
    /// Stable, for programs.
    pub code: &'static str,
    /// What is in the way, and what to do about it.
    pub said: String,
}

fn listed(obstacles: &[Obstacle]) -> String {
    obstacles.iter().map(|obstacle| format!("\n  - {}", obstacle.said)).collect()
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said)
    }
}

impl From<KeyError> for StepError {
    fn from(error: KeyError) -> Self {
        Self::Phase(error.into())
    }
}

impl StepError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Connect(_) => "step.connect",
            Self::Phase(error) => error.code(),
            Self::Model(error) => error.code(),
            Self::Statement(StatementError::Locked { .. }) => "step.locked",
            Self::Statement(_) => "step.statement",
            Self::Query(_) => "step.query",
            Self::Busy { .. } => "step.busy",
            Self::TableTaken { .. } => "step.table_taken",
            Self::NotBegun { .. } => "step.not_begun",
            Self::OutOfOrder { .. } => "step.out_of_order",
            Self::NotVerified { .. } => "step.not_verified",
            Self::ForgedReport { .. } => "step.forged_report",
            Self::Quarantined { .. } => "step.quarantined",
            Self::Incomplete { .. } => "step.incomplete",
            Self::Obstacles { .. } => "step.obstacles",
            Self::NoLegacy { .. } => "step.no_legacy",
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Phase(error) => error.is_retryable(),
            Self::Connect(_) | Self::Busy { .. } | Self::Statement(StatementError::Locked { .. }) => true,
            _ => false,
        }
    }
}

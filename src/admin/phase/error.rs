//! What operators are told of phases that can't be changed.

use crate::keys::{KeyError, Phase};

/// A phase that can't be changed.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum PhaseError {
    /// The platform's keys can't be had, the note not be read or written, or the other processes not be waited for.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// A name or reason that can't be stored.
    #[error("{what} has to be 1 to 1000 bytes without control characters")]
    Text {
        /// Which.
        what: &'static str,
    },
    /// There is no such job.
    #[error("no migration is named `{job}`: begin it, or look at `phases()` for those that are")]
    NoJob {
        /// The name.
        job: String,
    },
    /// Another job has the name.
    #[error("another migration is named `{job}`, or this one is further on: give this one a name of its own")]
    JobTaken {
        /// The name.
        job: String,
    },
    /// A column is another job's.
    #[error("migration `{job}` has one of these columns of {table}: end it first")]
    PairTaken {
        /// The other job.
        job: String,
        /// The table.
        table: String,
    },
    /// Another operator has moved the job.
    #[error("migration `{job}` is {found}, not {expected}: another operator has moved it")]
    Moved {
        /// The job.
        job: String,
        /// The phase that this operator moved it from.
        expected: Phase,
        /// The phase that it has.
        found: Phase,
    },
    /// There is no such phase.
    #[error("migration `{job}` is {phase}, from which no phase follows in that direction")]
    NoStep {
        /// The job.
        job: String,
        /// The phase.
        phase: Phase,
    },
    /// A process would go on writing or reading what is to go.
    #[error(
        "process {pid} on {host} still has a model with a legacy column for {table}.{column}: deploy it without `legacy`, or stop it"
    )]
    InUse {
        /// The table.
        table: String,
        /// The sealed column.
        column: String,
        /// The process's machine.
        host: String,
        /// The process.
        pid: u32,
    },
    /// The note is full.
    #[error("there are {most} migrations already: end one")]
    TooMany {
        /// How many there may be.
        most: usize,
    },
}

impl PhaseError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Keys(error) => error.code(),
            Self::Text { .. } => "phase.text",
            Self::NoJob { .. } => "phase.no_job",
            Self::JobTaken { .. } => "phase.job_taken",
            Self::PairTaken { .. } => "phase.pair_taken",
            Self::Moved { .. } => "phase.moved",
            Self::NoStep { .. } => "phase.no_step",
            Self::InUse { .. } => "phase.in_use",
            Self::TooMany { .. } => "phase.too_many",
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Keys(error) if error.is_retryable())
    }
}

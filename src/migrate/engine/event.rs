//! What a pass tells while it runs.

use serde::Serialize;

use crate::migrate::SlowedBy;

/// Something that happened in a pass.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RunEvent {
    /// A pass began, or this process joined one.
    Pass {
        /// Its number.
        pass: i32,
        /// Its key ranges.
        ranges: i64,
        /// Whether another process began it.
        joined: bool,
    },
    /// How far it is, of all workers together.
    Progress(Progress),
    /// A worker of this process took a range.
    Range {
        /// Its number.
        number: i32,
        /// Whether from a worker whose beat stood still.
        taken_over: bool,
    },
    /// Something failed for now, and is tried again.
    Retry {
        /// What was done.
        doing: &'static str,
        /// The error's code.
        code: String,
        /// After how long.
        after_ms: u64,
    },
    /// An operator paused the job.
    Paused,
    /// An operator let it go on.
    Resumed,
}

/// How far a pass is, of all workers together.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[non_exhaustive]
pub struct Progress {
    /// The pass.
    pub pass: i32,
    /// Its key ranges.
    pub ranges: i64,
    /// Those that were read to their end.
    pub ranges_done: i64,
    /// Rows that were read, which are those that had something to be done.
    pub read: i64,
    /// Rows that were written.
    pub written: i64,
    /// Rows in which there was nothing to be done.
    pub unchanged: i64,
    /// Rows that others kept changing or locked: for the next pass.
    pub left: i64,
    /// Rows in quarantine.
    pub quarantined: i64,
    /// Rows of the table, by the planner's estimate.
    pub estimate: f64,
    /// Rows a second, lately.
    pub rate: f64,
    /// Seconds until the end, by what was done so far; `None`: nobody can say yet.
    pub eta: Option<f64>,
    /// Why it goes slower than it could.
    pub slowed_by: Option<SlowedBy>,
}

/// What a pass came to, of all workers together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct PassReport {
    /// Its number.
    pub pass: i32,
    /// Its key ranges.
    pub ranges: i64,
    /// Rows that were read, which are those that had something to be done.
    pub read: i64,
    /// Rows that were written.
    pub written: i64,
    /// Rows in which there was nothing to be done.
    pub unchanged: i64,
    /// Rows that others kept changing or locked: another pass finds them.
    pub left: i64,
    /// Rows in quarantine.
    pub quarantined: i64,
}

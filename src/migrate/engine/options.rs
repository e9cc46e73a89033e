//! How a pass is run.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::event::RunEvent;
use crate::context::FirmId;
use crate::migrate::Throttle;
use crate::migrate::rows::postgres::Shadow;

/// How a pass over a table is run. The defaults suit a table of any size.
#[derive(Clone)]
pub struct RunOptions {
    pub(super) workers: usize,
    pub(super) chunk: usize,
    pub(super) chunk_bytes: usize,
    pub(super) ranges: Option<usize>,
    pub(super) lease: Duration,
    pub(super) patience: Duration,
    pub(super) poll: Duration,
    pub(super) throttle: Option<Throttle>,
    pub(super) quarantine_limit: u64,
    pub(super) firm: Option<FirmId>,
    pub(super) below: Option<u32>,
    pub(super) tell: Option<Tell>,
    pub(super) stop: Stop,
    pub(super) shadow: Option<Shadow>,
}

/// Who is told what happens.
pub(super) type Tell = Arc<dyn Fn(&RunEvent) + Send + Sync>;

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            workers: 2,
            chunk: 5_000,
            chunk_bytes: 2 << 20,
            ranges: None,
            lease: Duration::from_secs(30),
            patience: Duration::from_secs(600),
            poll: Duration::from_millis(500),
            throttle: None,
            quarantine_limit: 10_000,
            firm: None,
            below: None,
            tell: None,
            stop: Stop::default(),
            shadow: None,
        }
    }
}

impl RunOptions {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Workers of this process, each with two connections (default 2). SQLite has one, whatever is said.
    #[must_use]
    pub fn workers(self, workers: usize) -> Self {
        Self { workers: workers.max(1), ..self }
    }

    /// Rows that are written in one transaction, at most (default 5,000).
    #[must_use]
    pub fn chunk(self, rows: usize) -> Self {
        Self { chunk: rows.max(1), ..self }
    }

    /// Bytes of rows that are written in one transaction, beyond which no further row is read (default 2 MiB). A worker holds
    /// two chunks, and what they become.
    #[must_use]
    pub fn chunk_bytes(self, bytes: usize) -> Self {
        Self { chunk_bytes: bytes.max(1), ..self }
    }

    /// Key ranges that a pass is cut into; the default follows the table's size. Who joins a pass takes it as it is cut.
    #[must_use]
    pub fn ranges(self, ranges: usize) -> Self {
        Self { ranges: Some(ranges.max(1)), ..self }
    }

    /// How long a worker's beat stands still before another takes its range over (default 30 s).
    #[must_use]
    pub fn lease(self, lease: Duration) -> Self {
        Self { lease, ..self }
    }

    /// How long a worker tries again what fails for a while, such as a lock, a restart of the server, or a key service
    /// that is down (default 10 minutes).
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// How often the job's row and the server are looked at (default 500 ms).
    #[must_use]
    pub fn poll(self, poll: Duration) -> Self {
        Self { poll: poll.max(Duration::from_millis(10)), ..self }
    }

    /// Writes the job's throttle before it runs; without it the one in its row holds.
    #[must_use]
    pub fn throttle(self, throttle: Throttle) -> Self {
        Self { throttle: Some(throttle), ..self }
    }

    /// Rows in quarantine beyond which a pass stops: then something is wrong with more than rows (default 10,000).
    #[must_use]
    pub fn quarantine_limit(self, rows: u64) -> Self {
        Self { quarantine_limit: rows, ..self }
    }

    /// Only rows of this firm.
    #[must_use]
    pub fn firm(self, firm: impl Into<FirmId>) -> Self {
        Self { firm: Some(firm.into()), ..self }
    }

    /// Rows are copied into this table, and stay as they are.
    pub(in crate::migrate) fn into_shadow(self, shadow: Shadow) -> Self {
        Self { shadow: Some(shadow), ..self }
    }

    /// The one firm whose rows are meant, if it is one.
    pub(in crate::migrate) fn firm_only(&self) -> Option<&FirmId> {
        self.firm.as_ref()
    }

    /// Only cells under a data key below this version (a job that seals anew), or terms under an index key below it (one
    /// that re-indexes). Without it: all that are not under the active key of their firm.
    #[must_use]
    pub fn below(self, version: u32) -> Self {
        Self { below: Some(version), ..self }
    }

    /// Who is told what happens. The pass waits for it: it should be quick.
    #[must_use]
    pub fn telling(self, tell: impl Fn(&RunEvent) + Send + Sync + 'static) -> Self {
        Self { tell: Some(Arc::new(tell)), ..self }
    }
}

impl RunOptions {
    /// Ends the pass in this process once `stop` says so, each worker after its chunk. Other processes go on.
    #[must_use]
    pub fn until(self, stop: &Stop) -> Self {
        Self { stop: stop.clone(), ..self }
    }
}

/// By which a process leaves a pass: for a signal's handler. Clones stop together.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// One that has not stopped anything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Has workers stop after their chunk.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for RunOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunOptions")
            .field("workers", &self.workers)
            .field("chunk", &self.chunk)
            .field("chunk_bytes", &self.chunk_bytes)
            .field("ranges", &self.ranges)
            .field("throttle", &self.throttle)
            .finish_non_exhaustive()
    }
}

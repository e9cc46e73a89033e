//! How fast a job may go: by a rate, and by what the database and its users have to bear.

mod adaptive;
mod bucket;
mod signals;

use serde::{Deserialize, Serialize};

pub(super) use adaptive::Adaptive;
pub(super) use bucket::Bucket;
pub(super) use signals::{Signals, Watch};

/// What a job may ask of its database. It lies in the job's row, so that an operator can change it while the job runs.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Throttle {
    /// Rows a second, of all workers together. `None`: as fast as they can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows_per_second: Option<f64>,
    /// Sessions that may wait for locks before the job slows down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_lock_waits: Option<i64>,
    /// Seconds that the slowest replica may lag behind before the job slows down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_replication_lag: Option<f64>,
    /// Bytes of WAL that the server may write a second before the job slows down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_wal_per_second: Option<f64>,
    /// Sessions that may be active besides the job's before it slows down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_active: Option<i64>,
}

impl Throttle {
    /// Nothing holds the job up.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// At most so many rows a second, of all workers together.
    #[must_use]
    pub fn rows_per_second(self, rows: f64) -> Self {
        Self { rows_per_second: Some(rows), ..self }
    }

    /// Slows down while more sessions than these wait for locks.
    #[must_use]
    pub fn max_lock_waits(self, sessions: i64) -> Self {
        Self { max_lock_waits: Some(sessions), ..self }
    }

    /// Slows down while a replica lags behind by more seconds.
    #[must_use]
    pub fn max_replication_lag(self, seconds: f64) -> Self {
        Self { max_replication_lag: Some(seconds), ..self }
    }

    /// Slows down while the server writes more bytes of WAL a second.
    #[must_use]
    pub fn max_wal_per_second(self, bytes: f64) -> Self {
        Self { max_wal_per_second: Some(bytes), ..self }
    }

    /// Slows down while more sessions than these are active.
    #[must_use]
    pub fn max_active(self, sessions: i64) -> Self {
        Self { max_active: Some(sessions), ..self }
    }

    /// Whether the database has to be asked how it is.
    pub(super) fn is_adaptive(&self) -> bool {
        self.max_lock_waits.is_some()
            || self.max_replication_lag.is_some()
            || self.max_wal_per_second.is_some()
            || self.max_active.is_some()
    }
}

/// Why a job goes slower than it could.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SlowedBy {
    /// The rate that it was given.
    Rate,
    /// Sessions wait for locks.
    LockWaits,
    /// A replica lags behind.
    ReplicationLag,
    /// The server writes much WAL.
    Wal,
    /// Many sessions are active.
    Active,
}

//! What the workers of one process share.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use uuid::Uuid;

use super::error::RunError;
use super::event::RunEvent;
use super::options::RunOptions;
use crate::clock::Clock;
use crate::keys::jitter::Jitter;
use crate::migrate::rows::postgres::Reading;
use crate::migrate::throttle::Bucket;
use crate::migrate::transform::Transform;
use crate::migrate::{Job, Postgres};

/// A pass as one process takes part in it.
pub(super) struct Run {
    pub(super) job: Job,
    pub(super) id: Uuid,
    pub(super) pass: i32,
    pub(super) reading: Reading,
    pub(super) transform: Arc<dyn Transform>,
    pub(super) options: RunOptions,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) jitter: Jitter,
    pub(super) gate: Gate,
    /// What the workers are known by in the database.
    pub(super) workers: Vec<Uuid>,
}

impl Run {
    pub(super) fn postgres(&self) -> &Postgres {
        self.job.postgres()
    }

    pub(super) fn table(&self) -> &'static str {
        self.job.subject.table()
    }

    pub(super) fn now(&self) -> Duration {
        self.clock.elapsed()
    }

    pub(super) fn tell(&self, event: &RunEvent) {
        if let Some(tell) = &self.options.tell {
            tell(event);
        }
    }

    /// Fails once this process is to leave the pass.
    ///
    /// # Errors
    /// [`RunError::Stopped`].
    pub(super) fn go_on(&self) -> Result<(), RunError> {
        if self.options.stop.is_stopped() { Err(RunError::Stopped { job: self.job.name.clone() }) } else { Ok(()) }
    }

    /// Waits until a chunk may be worked on, and says how many rows it may have.
    ///
    /// # Errors
    /// [`RunError::Aborted`], [`RunError::Stopped`].
    pub(super) async fn admitted(&self) -> Result<usize, RunError> {
        loop {
            self.go_on()?;
            let wait = match self.gate.state() {
                Allowed::Aborted => return Err(RunError::Aborted { job: self.job.name.clone() }),
                Allowed::Paused => self.options.poll,
                Allowed::Running => self.gate.lock().wait(self.now()),
            };
            if wait.is_zero() {
                return Ok(self.gate.chunk(self.options.chunk));
            }
            // In slices, so that an operator's word is heard in a long wait too.
            tokio::time::sleep(wait.min(Duration::from_millis(100))).await;
        }
    }
}

/// What an operator has said of the job, as the workers know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Allowed {
    Running,
    Paused,
    Aborted,
}

impl Allowed {
    pub(super) fn of(state: &str) -> Self {
        match state {
            "paused" => Self::Paused,
            "aborted" => Self::Aborted,
            _ => Self::Running,
        }
    }
}

/// Where every chunk passes through.
pub(super) struct Gate {
    state: AtomicU8,
    bucket: Mutex<Bucket>,
    /// A worker of this process failed: the others stop too.
    stop: AtomicBool,
}

/// A chunk lasts about so long at a limited rate, so that little is waited for at a time.
const CHUNK_SECONDS: f64 = 0.25;

/// Rows below which a chunk costs more than it spares.
const LEAST: usize = 20;

impl Gate {
    pub(super) fn new(now: Duration) -> Self {
        Self { state: AtomicU8::new(0), bucket: Mutex::new(Bucket::new(now)), stop: AtomicBool::new(false) }
    }

    pub(super) fn state(&self) -> Allowed {
        match self.state.load(Ordering::Relaxed) {
            0 => Allowed::Running,
            1 => Allowed::Paused,
            _ => Allowed::Aborted,
        }
    }

    /// Takes up what the job's row says. Gives what it said before.
    pub(super) fn set_state(&self, state: Allowed) -> Allowed {
        let number = match state {
            Allowed::Running => 0,
            Allowed::Paused => 1,
            Allowed::Aborted => 2,
        };
        let before = self.state();
        self.state.store(number, Ordering::Relaxed);
        before
    }

    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Rows of a chunk, at the rate that holds.
    fn chunk(&self, most: usize) -> usize {
        let Some(rate) = self.lock().rate() else { return most };
        ((rate * CHUNK_SECONDS) as usize).clamp(LEAST.min(most), most)
    }

    // The bucket is never left half-changed.
    pub(super) fn lock(&self) -> MutexGuard<'_, Bucket> {
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

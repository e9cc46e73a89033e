//! The engine that every pass over a table runs on: key ranges claimed by leases, chunks read ahead and written by
//! compare-and-set (spec/migration.md, Workers).

mod choose;
mod claim;
mod error;
mod event;
mod jobs;
mod keys;
mod link;
mod monitor;
mod options;
mod pass;
mod prepare;
mod retry;
mod run;
mod status;
mod worker;
mod write;

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio_postgres::Client;
use uuid::Uuid;

pub use error::RunError;
pub use event::{PassReport, Progress, RunEvent};
pub use options::{RunOptions, Stop};
pub use status::{Quarantined, Status};

use self::jobs::JobRow;
use self::monitor::{Monitor, release};
use self::run::{Gate, Run};
use self::worker::Worker;
use super::rows::postgres::{Reading, Table};
use super::transform::Transform;
use super::{Job, Target, Throttle};
use crate::keys::jitter::Jitter;

impl Job {
    /// Runs a pass over the table, or joins the one that others run: any number of processes, on any machines, may at once.
    /// It ends when every key range was read to its end, by whatever worker. What is committed stays when it is cut off;
    /// the next run goes on from there.
    ///
    /// Rows that can't be done are in [quarantine](Self::quarantined) then, and counted in the report; rows that others
    /// kept changing or locked are [left](PassReport::left) for another pass.
    ///
    /// # Errors
    /// [`RunError`]. A firm that is suspended stops the pass; a key service, a server or a lock that fails for a while is
    /// waited for.
    pub async fn run(&self, options: RunOptions) -> Result<PassReport, RunError> {
        let (transform, work) = choose::transform_of(self, &options)?;
        self.pass(transform, &work, options).await
    }

    /// Runs a pass of `transform` over the table, or joins the one that others run: it ends when every key range was read
    /// to its end, by whatever worker. `work` names what is done, so that no process joins a pass of other work.
    pub(super) async fn pass(
        &self,
        transform: Arc<dyn Transform>,
        work: &str,
        options: RunOptions,
    ) -> Result<PassReport, RunError> {
        let run = Arc::new(self.entered(&transform, work, &options).await?);
        let mut monitor = Monitor::new(run.clone());
        // The operator's word and the throttle hold from the first chunk on.
        monitor.look().await;
        let monitor = tokio::spawn(monitor.keep());
        let worked = all_workers(&run).await;
        monitor.abort();
        if let Err(error) = worked {
            release(&run).await;
            return Err(error);
        }
        run.end().await
    }

    /// What a pass of this work came to, if it was run to its end.
    pub(super) async fn ended_pass(&self, client: &Client, work: &str) -> Result<Option<PassReport>, RunError> {
        let row = jobs::find(client, self).await?.ok_or_else(|| RunError::NoJob { job: self.name.clone() })?;
        let failed = |error: tokio_postgres::Error| RunError::database(self.subject.table(), "reading the job", &error);
        pass::ended(client, row.id, work).await.map_err(failed)
    }

    /// Enters a pass. A server or a lock that fails for a while is waited for.
    async fn entered(&self, transform: &Arc<dyn Transform>, work: &str, options: &RunOptions) -> Result<Run, RunError> {
        let (clock, jitter) = (self.vault.custody().clock(), Jitter::default());
        let since = clock.elapsed();
        loop {
            let error = match self.enter(transform.clone(), work, options.clone()).await {
                Ok(run) => return Ok(run),
                Err(error) => error,
            };
            let stopped = matches!(error, RunError::Stopped { .. }) || options.stop.is_stopped();
            if stopped || !error.is_retryable() || clock.elapsed().saturating_sub(since) > options.patience {
                return Err(error);
            }
            tokio::time::sleep(options.poll + jitter.up_to(options.poll)).await;
        }
    }

    async fn enter(&self, transform: Arc<dyn Transform>, work: &str, options: RunOptions) -> Result<Run, RunError> {
        let client = &self.postgres().connect().await?;
        let row = jobs::begin(client, self, options.throttle).await?;
        let reading = self.reading(client, &*transform).await?;
        let pass = pass::enter(client, self, &row, &reading.table, work, &options).await?;
        let run = self.run_of(&row, pass.number, reading, transform, options);
        run.tell(&RunEvent::Pass { pass: pass.number, ranges: pass.ranges, joined: pass.joined });
        Ok(run)
    }

    fn run_of(
        &self,
        row: &JobRow,
        pass: i32,
        reading: Reading,
        transform: Arc<dyn Transform>,
        options: RunOptions,
    ) -> Run {
        let clock = self.vault.custody().clock();
        Run {
            job: self.clone(),
            id: row.id,
            pass,
            reading,
            transform,
            gate: Gate::new(clock.elapsed()),
            clock,
            jitter: Jitter::default(),
            workers: (0..options.workers).map(|_| Uuid::new_v4()).collect(),
            options,
        }
    }

    async fn reading(&self, client: &Client, transform: &dyn Transform) -> Result<Reading, RunError> {
        let (table, wants) = (self.subject.table(), transform.wants());
        let found = Table::find(client, &self.subject, &wants).await;
        Ok(Reading::new(found.map_err(|error| RunError::table(table, error))?, wants))
    }

    /// What the job has come to.
    ///
    /// # Errors
    /// [`RunError`]; [`RunError::NoJob`] where nobody began it.
    pub async fn status(&self) -> Result<Status, RunError> {
        status::status(&self.postgres().connect().await?, self).await
    }

    /// Has all workers wait, each after its chunk.
    ///
    /// # Errors
    /// [`RunError`].
    pub async fn pause(&self) -> Result<(), RunError> {
        let client = self.postgres().connect().await?;
        jobs::set_state(&client, self, "paused", &["running", "paused"]).await
    }

    /// Lets workers go on after [`pause`](Self::pause) or [`abort`](Self::abort).
    ///
    /// # Errors
    /// [`RunError`].
    pub async fn resume(&self) -> Result<(), RunError> {
        let client = self.postgres().connect().await?;
        jobs::set_state(&client, self, "running", &["running", "paused", "aborted"]).await
    }

    /// Has all workers stop, each after its chunk. What was written stays.
    ///
    /// # Errors
    /// [`RunError`].
    pub async fn abort(&self) -> Result<(), RunError> {
        let client = self.postgres().connect().await?;
        jobs::set_state(&client, self, "aborted", &["running", "paused", "aborted"]).await
    }

    /// Changes what the job may ask of its database, while it runs or before it goes on.
    ///
    /// # Errors
    /// [`RunError`].
    pub async fn throttle(&self, throttle: Throttle) -> Result<(), RunError> {
        let client = self.postgres().connect().await?;
        jobs::find(&client, self).await?;
        jobs::set_throttle(&client, self, &throttle).await
    }

    /// Rows in quarantine, at most so many, those noticed longest ago first.
    ///
    /// # Errors
    /// [`RunError`].
    pub async fn quarantined(&self, most: u32) -> Result<Vec<Quarantined>, RunError> {
        status::quarantined(&self.postgres().connect().await?, self, most).await
    }

    /// Tries the rows in quarantine again, without a pass over the others. What is mended leaves quarantine. The report's
    /// pass and ranges are 0.
    ///
    /// # Errors
    /// [`RunError`].
    pub async fn retry_quarantined(&self, options: RunOptions) -> Result<PassReport, RunError> {
        let (transform, _) = choose::transform_of(self, &options)?;
        let client = self.postgres().connect().await?;
        let row = jobs::begin(&client, self, options.throttle).await?;
        let reading = self.reading(&client, &*transform).await?;
        retry::all(&self.run_of(&row, row.pass, reading, transform, options)).await
    }

    pub(super) fn postgres(&self) -> &super::Postgres {
        let Target::Postgres(postgres) = &self.target;
        postgres
    }
}

impl Run {
    async fn end(&self) -> Result<PassReport, RunError> {
        let mut tries = link::Tries::new(self, "ending the pass");
        let mut link = link::Link::default();
        loop {
            match self.try_end(&mut link).await {
                Ok(report) => return Ok(report),
                Err(failure) => tries.again(self, &mut link, failure).await?,
            };
        }
    }

    async fn try_end(&self, link: &mut link::Link) -> Result<PassReport, link::Failure> {
        let open = link.open(self).await?;
        Ok(pass::end(&open.client, self.id, self.pass, self.reading.wants.firm.as_ref()).await?)
    }
}

/// Runs all workers; when one fails, the others stop after their chunk.
async fn all_workers(run: &Arc<Run>) -> Result<(), RunError> {
    let mut workers = JoinSet::new();
    for id in &run.workers {
        workers.spawn(Worker::new(run.clone(), *id).work());
    }
    let mut result = Ok(());
    while let Some(ended) = workers.join_next().await {
        let ended = ended.unwrap_or(Err(RunError::Panicked { table: run.table() }));
        if ended.is_err() {
            run.gate.stop();
        }
        result = result.and(ended);
    }
    result
}

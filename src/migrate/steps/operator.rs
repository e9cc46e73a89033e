//! One operator at a job: a connection, the job's lock, and what is known of its table.

use sha2::{Digest, Sha256};
use tokio_postgres::Client;

use super::StepError;
use super::script::Act;
use crate::admin::KeyAdmin;
use crate::migrate::job::Job;
use crate::migrate::locks::{self, Patience};
use crate::migrate::state;
use crate::migrate::state::rows::{self, JobRow};
use crate::schema::Table;
use crate::schema::transit::Pair;

/// The one operator of a job, for as long as the connection lasts.
pub(in crate::migrate) struct Operator<'j> {
    pub(in crate::migrate) job: &'j Job,
    pub(in crate::migrate) client: Client,
    pub(in crate::migrate) table: Table,
    pub(in crate::migrate) pairs: Vec<Pair>,
    pub(in crate::migrate) patience: Patience,
}

impl<'j> Operator<'j> {
    /// Takes the job, unless another operator has it.
    pub(in crate::migrate) async fn take(job: &'j Job, patience: Patience) -> Result<Self, StepError> {
        Self { patience, ..Self::look(job).await? }.locked().await
    }

    /// [`take`](Self::take) of a table in whatever state.
    pub(in crate::migrate) async fn take_any(job: &'j Job, patience: Patience) -> Result<Self, StepError> {
        Self { patience, ..Self::look_at_any(job).await? }.locked().await
    }

    async fn locked(self) -> Result<Self, StepError> {
        self.client.batch_execute(state::POSTGRES).await?;
        // Of the session: it goes with the connection, however the process ends.
        let sql = "SELECT pg_try_advisory_lock($1)";
        let taken: bool = self.client.query_one(sql, &[&lock_of(&self.job.name)]).await?.get(0);
        if taken { Ok(self) } else { Err(StepError::Busy { job: self.job.name.clone() }) }
    }

    /// Looks at the job's table, and takes nothing.
    pub(in crate::migrate) async fn look(job: &'j Job) -> Result<Self, StepError> {
        let this = Self::look_at_any(job).await?;
        if this.pairs.is_empty() { Err(no_legacy(job)) } else { Ok(this) }
    }

    /// A table whose model has no legacy columns, or none any more, is looked at as well.
    async fn look_at_any(job: &'j Job) -> Result<Self, StepError> {
        let table = Table::all(&[job.subject.model()])?.pop().ok_or(no_legacy(job))?;
        let wanted =
            |pair: &Pair| job.subject.columns.iter().any(|column| column.column.schema().column == pair.sealed);
        let pairs: Vec<Pair> = table.pairs().into_iter().filter(wanted).collect();
        Ok(Self { job, client: job.postgres().connect().await?, table, pairs, patience: Patience::default() })
    }

    pub(in crate::migrate) fn admin(&self) -> KeyAdmin {
        self.job.vault.admin()
    }

    /// The job's row; begun, if it was not.
    pub(in crate::migrate) async fn begun(&self, spec: &str) -> Result<JobRow, StepError> {
        let (name, table) = (&self.job.name, self.job.subject.table());
        if let Some(row) = rows::find(&self.client, name).await? {
            return Ok(row);
        }
        if let Some(other) = rows::at_work(&self.client, table).await? {
            return Err(StepError::TableTaken { table, other });
        }
        rows::add(&self.client, name, table, self.job.kind.as_str(), spec).await?;
        self.row().await
    }

    /// The job's row.
    pub(in crate::migrate) async fn row(&self) -> Result<JobRow, StepError> {
        let row = rows::find(&self.client, &self.job.name).await?;
        row.ok_or_else(|| StepError::NotBegun { job: self.job.name.clone() })
    }

    /// Refuses a job that was done while another is at work.
    pub(super) async fn has_table_to_itself(&self, row: &JobRow) -> Result<(), StepError> {
        let table = self.job.subject.table();
        match rows::at_work(&self.client, table).await? {
            Some(other) if row.state == "done" => Err(StepError::TableTaken { table, other }),
            _ => Ok(()),
        }
    }

    /// Refuses a step that does not follow. A step may be run again.
    pub(in crate::migrate) fn at(&self, row: &JobRow, wanted: &'static str, after: &[&str]) -> Result<(), StepError> {
        if after.contains(&&*row.step) || row.step == wanted {
            return Ok(());
        }
        Err(StepError::OutOfOrder { job: self.job.name.clone(), at: row.step.clone(), wanted })
    }

    /// Notes a step that is done.
    pub(in crate::migrate) async fn reached(&self, row: &JobRow, step: &str, state: &str) -> Result<(), StepError> {
        Ok(rows::step(&self.client, row.id, step, state).await?)
    }

    /// Statements that belong together.
    pub(in crate::migrate) async fn run(&self, what: &'static str, sql: &str) -> Result<(), StepError> {
        Ok(locks::run(&self.client, what, sql, self.patience).await?)
    }

    /// What a step does.
    pub(in crate::migrate) async fn act(&self, act: &Act) -> Result<(), StepError> {
        if act.alone { self.run_alone(act.what, &act.sql).await } else { self.run(act.what, &act.sql).await }
    }

    /// One after another.
    pub(in crate::migrate) async fn all(&self, acts: &[Act]) -> Result<(), StepError> {
        for act in acts {
            self.act(act).await?;
        }
        Ok(())
    }

    /// A statement outside of any transaction.
    pub(in crate::migrate) async fn run_alone(&self, what: &'static str, sql: &str) -> Result<(), StepError> {
        Ok(locks::run_alone(&self.client, what, sql, self.patience).await?)
    }

    /// How many rows meet a condition.
    pub(super) async fn count(&self, condition: &str) -> Result<i64, StepError> {
        let sql = format!("SELECT count(*) FROM {} WHERE {condition}", self.table.quoted());
        Ok(self.client.query_one(&sql, &[]).await?.get(0))
    }
}

fn no_legacy(job: &Job) -> StepError {
    StepError::NoLegacy { table: job.subject.table() }
}

/// The number of a job's lock.
fn lock_of(name: &str) -> i64 {
    let hash = Sha256::digest(format!("fieldseal job {name}"));
    let mut first = [0; 8];
    first.copy_from_slice(&hash[..8]);
    i64::from_be_bytes(first)
}

//! The job's own row.

use tokio_postgres::Client;
use uuid::Uuid;

use super::error::{Fault, RunError};
use crate::migrate::{Job, Kind, Throttle, state};

/// What the job's row says.
pub(super) struct JobRow {
    pub(super) id: Uuid,
    pub(super) step: String,
    pub(super) state: String,
    pub(super) pass: i32,
    pub(super) settings: String,
}

impl JobRow {
    /// What an operator allows. What can't be read allows all: a job that stood still for it would say no more.
    pub(super) fn throttle(&self) -> Throttle {
        throttle_of(&self.settings)
    }
}

pub(super) fn throttle_of(settings: &str) -> Throttle {
    serde_json::from_str(settings).unwrap_or_default()
}

/// Two processes that make the tables at once would fail on the catalogs' unique indexes.
const LOCK: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock(6117203515);";

const FIND: &str = "SELECT id, step, state, pass, settings FROM fieldseal_migrate.job WHERE name = $1";

const BEGIN: &str = "\
INSERT INTO fieldseal_migrate.job (id, name, table_name, kind, spec, step, state) \
VALUES ($1, $2, $3, $4, '{}', 'backfill', 'running') ON CONFLICT (name) DO NOTHING";

/// Makes the tables of jobs, unless they are there.
pub(super) async fn install(client: &Client) -> Result<(), tokio_postgres::Error> {
    let there = "SELECT to_regclass('fieldseal_migrate.event') IS NOT NULL AND to_regclass('fieldseal_migrate.pass') IS NOT NULL";
    if client.query_one(there, &[]).await?.get(0) {
        return Ok(());
    }
    let made = client.batch_execute(&format!("{LOCK} {} COMMIT", state::POSTGRES)).await;
    if made.is_err() {
        client.batch_execute("ROLLBACK").await?;
    }
    made
}

/// The job's row, if there is one.
pub(super) async fn find(client: &Client, job: &Job) -> Result<Option<JobRow>, RunError> {
    let failed = |error: tokio_postgres::Error| RunError::database(job.subject.table(), "reading the job", &error);
    install(client).await.map_err(failed)?;
    let row = client.query_opt(FIND, &[&job.name]).await.map_err(failed)?;
    Ok(row.map(|row| JobRow {
        id: row.get(0),
        step: row.get(1),
        state: row.get(2),
        pass: row.get(3),
        settings: row.get(4),
    }))
}

/// The job's row, which a first run makes, and the run of a job that is done opens again.
pub(super) async fn begin(client: &Client, job: &Job, throttle: Option<Throttle>) -> Result<JobRow, RunError> {
    let (table, failed) = (job.subject.table(), |error: tokio_postgres::Error| beginning(job, &error));
    if find(client, job).await?.is_none() {
        let params: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
            [&Uuid::new_v4(), &job.name, &table, &job.kind.as_str()];
        client.execute(BEGIN, &params).await.map_err(failed)?;
    }
    if !matches!(job.kind, Kind::Seal | Kind::Unseal) {
        let open =
            "UPDATE fieldseal_migrate.job SET state = 'running', updated = now() WHERE name = $1 AND state = 'done'";
        client.execute(open, &[&job.name]).await.map_err(failed)?;
    }
    if let Some(throttle) = throttle {
        set_throttle(client, job, &throttle).await?;
    }
    let row = find(client, job).await?.ok_or_else(|| RunError::NoJob { job: job.name.clone() })?;
    if row.state == "aborted" {
        return Err(RunError::Aborted { job: job.name.clone() });
    }
    in_step(job, &row)?;
    Ok(row)
}

/// Whether values may be moved where the job is: plaintext comes back only where the table takes it, and cells are made only
/// while they have a column and a legacy column.
fn in_step(job: &Job, row: &JobRow) -> Result<(), RunError> {
    let wrong = match job.kind {
        Kind::Unseal => ["fenced", "validated", "cut-over", "contracted"].contains(&&*row.step),
        Kind::Seal => row.step == "contracted",
        _ => false,
    };
    let (job, step, kind) = (job.name.clone(), row.step.clone(), job.kind.as_str());
    if wrong { Err(RunError::OutOfOrder { job, step, kind }) } else { Ok(()) }
}

fn beginning(job: &Job, error: &tokio_postgres::Error) -> RunError {
    match Fault::of(error) {
        Fault::Unique => RunError::Busy { table: job.subject.table(), job: job.name.clone() },
        _ => RunError::database(job.subject.table(), "beginning the job", error),
    }
}

/// Writes what the job may ask of its database into its row.
pub(super) async fn set_throttle(client: &Client, job: &Job, throttle: &Throttle) -> Result<(), RunError> {
    let settings = serde_json::to_string(throttle).unwrap_or_else(|_| "{}".to_owned());
    let sql = "UPDATE fieldseal_migrate.job SET settings = $2, updated = now() WHERE name = $1";
    found(job, client.execute(sql, &[&job.name, &settings]).await)
}

/// Sets the job's state, from one of those given.
pub(super) async fn set_state(client: &Client, job: &Job, to: &str, from: &[&str]) -> Result<(), RunError> {
    find(client, job).await?;
    let sql = "\
        WITH set AS (UPDATE fieldseal_migrate.job SET state = $2, updated = now() WHERE name = $1 AND state = ANY($3) RETURNING id) \
        INSERT INTO fieldseal_migrate.event (job, what) SELECT id, $2 FROM set";
    let from: Vec<&str> = from.to_vec();
    found(job, client.execute(sql, &[&job.name, &to, &from]).await)
}

fn found(job: &Job, changed: Result<u64, tokio_postgres::Error>) -> Result<(), RunError> {
    match changed {
        Ok(0) => Err(RunError::NoJob { job: job.name.clone() }),
        Ok(_) => Ok(()),
        Err(error) => Err(beginning(job, &error)),
    }
}

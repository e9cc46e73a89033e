//! What operators ask of a job, and tell it.

use std::collections::BTreeMap;

use serde::Serialize;
use tokio_postgres::Client;

use super::error::RunError;
use super::jobs::{self, JobRow};
use crate::migrate::{Job, Throttle};

/// What a job has come to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// Its name.
    pub job: String,
    /// Its table.
    pub table: String,
    /// What it makes of cells.
    pub kind: &'static str,
    /// The step that an operator has taken last.
    pub step: String,
    /// `running`, `paused`, `aborted` or `done`.
    pub state: String,
    /// What it may ask of its database.
    pub throttle: Throttle,
    /// The last pass over its table; 0: there was none.
    pub pass: i32,
    /// What that pass makes of rows.
    pub work: Option<String>,
    /// Whether that pass is at its end.
    pub ended: bool,
    /// Its key ranges.
    pub ranges: i64,
    /// Those that were read to their end.
    pub ranges_done: i64,
    /// Workers that hold ranges, alive or not.
    pub workers: i64,
    /// Rows that were read.
    pub read: i64,
    /// Rows that were written.
    pub written: i64,
    /// Rows in which there was nothing to be done.
    pub unchanged: i64,
    /// Rows that others kept changing or locked.
    pub left: i64,
    /// Rows in quarantine, by reason.
    pub quarantine: BTreeMap<String, i64>,
}

/// A row in quarantine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Quarantined {
    /// The values of its key, as text.
    pub row_key: Vec<String>,
    /// The sealed column.
    pub column: String,
    /// The firm that it names.
    pub firm: String,
    /// Why: a code of [`Reason`](crate::migrate::Reason).
    pub reason: String,
    /// When it was noticed last: Unix seconds.
    pub noticed: i64,
}

const PASS: &str = "\
SELECT count(*), count(*) FILTER (WHERE state = 'done'), count(DISTINCT worker) FILTER (WHERE state = 'open'), \
coalesce(sum(rows_read), 0)::int8, coalesce(sum(rows_written), 0)::int8, coalesce(sum(rows_unchanged), 0)::int8, \
coalesce(sum(rows_left), 0)::int8 FROM fieldseal_migrate.range WHERE job = $1 AND pass = $2";

const WORK: &str = "SELECT work, ended IS NOT NULL FROM fieldseal_migrate.pass WHERE job = $1 AND number = $2";

const REASONS: &str = "SELECT reason, count(*) FROM fieldseal_migrate.quarantine WHERE job = $1 GROUP BY reason";

const QUARANTINED: &str = "\
SELECT row_key, column_name, firm, reason, extract(epoch FROM noticed)::int8 FROM fieldseal_migrate.quarantine \
WHERE job = $1 ORDER BY noticed, row_key, column_name LIMIT $2";

pub(super) async fn status(client: &Client, job: &Job) -> Result<Status, RunError> {
    let row = existing(client, job).await?;
    read(client, job, row).await.map_err(|error| RunError::database(job.subject.table(), "reading the job", &error))
}

async fn read(client: &Client, job: &Job, row: JobRow) -> Result<Status, tokio_postgres::Error> {
    let work = client.query_opt(WORK, &[&row.id, &row.pass]).await?;
    let pass = client.query_one(PASS, &[&row.id, &row.pass]).await?;
    let reasons = client.query(REASONS, &[&row.id]).await?;
    Ok(Status {
        job: job.name.clone(),
        table: job.subject.table().to_owned(),
        kind: job.kind.as_str(),
        throttle: row.throttle(),
        step: row.step,
        state: row.state,
        pass: row.pass,
        ended: work.as_ref().is_some_and(|work| work.get(1)),
        work: work.map(|work| work.get(0)),
        ranges: pass.get(0),
        ranges_done: pass.get(1),
        workers: pass.get(2),
        read: pass.get(3),
        written: pass.get(4),
        unchanged: pass.get(5),
        left: pass.get(6),
        quarantine: reasons.iter().map(|row| (row.get(0), row.get(1))).collect(),
    })
}

pub(super) async fn quarantined(client: &Client, job: &Job, most: u32) -> Result<Vec<Quarantined>, RunError> {
    let row = existing(client, job).await?;
    let rows = client.query(QUARANTINED, &[&row.id, &i64::from(most)]).await;
    let rows = rows.map_err(|error| RunError::database(job.subject.table(), "reading the quarantine", &error))?;
    let entry = |row: &tokio_postgres::Row| Quarantined {
        row_key: crate::migrate::rows::texts_of(row.get(0)).unwrap_or_default(),
        column: row.get(1),
        firm: row.get(2),
        reason: row.get(3),
        noticed: row.get(4),
    };
    Ok(rows.iter().map(entry).collect())
}

pub(super) async fn existing(client: &Client, job: &Job) -> Result<JobRow, RunError> {
    jobs::find(client, job).await?.ok_or_else(|| RunError::NoJob { job: job.name.clone() })
}

//! A pass over a table: cut into key ranges by whoever comes first, joined by the others.

use tokio_postgres::{Client, Error};

use super::error::RunError;
use super::event::PassReport;
use super::jobs::JobRow;
use super::options::RunOptions;
use crate::context::FirmId;
use crate::migrate::Job;
use crate::migrate::rows::json_of;
use crate::migrate::rows::postgres::Table;
use crate::schema::sql::{ident, join};

/// A pass that this process takes part in.
pub(super) struct Pass {
    pub(super) number: i32,
    pub(super) ranges: i64,
    pub(super) joined: bool,
}

/// Rows of a range, as far as the default is concerned: a worker that dies holds little up.
const ROWS_A_RANGE: f64 = 25_000.0;

/// Rows that are sampled for each border.
const SAMPLED: f64 = 100.0;

/// Rows of a table that is small enough to be sampled as a whole.
const SMALL: f64 = 50_000.0;

/// Joins the pass that is not at its end, or begins one.
pub(super) async fn enter(
    client: &Client,
    job: &Job,
    row: &JobRow,
    table: &Table,
    work: &str,
    options: &RunOptions,
) -> Result<Pass, RunError> {
    let failed = |error: Error| RunError::database(job.subject.table(), "beginning a pass", &error);
    client.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED").await.map_err(failed)?;
    let entered = entered(client, job, row, table, work, options).await;
    let end = if entered.is_ok() { "COMMIT" } else { "ROLLBACK" };
    client.batch_execute(end).await.map_err(failed)?;
    entered
}

async fn entered(
    client: &Client,
    job: &Job,
    row: &JobRow,
    table: &Table,
    work: &str,
    options: &RunOptions,
) -> Result<Pass, RunError> {
    let failed = |error: Error| RunError::database(job.subject.table(), "beginning a pass", &error);
    // Of two that begin at once the second waits here, and joins.
    let locked = client.query_one("SELECT pass FROM fieldseal_migrate.job WHERE id = $1 FOR UPDATE", &[&row.id]).await;
    let number: i32 = locked.map_err(failed)?.get(0);
    let open = "SELECT work FROM fieldseal_migrate.pass WHERE job = $1 AND number = $2 AND ended IS NULL";
    if let Some(open) = client.query_opt(open, &[&row.id, &number]).await.map_err(failed)? {
        let other: String = open.get(0);
        if other != work {
            return Err(RunError::OtherPass { job: job.name.clone(), work: other });
        }
        let count = "SELECT count(*) FROM fieldseal_migrate.range WHERE job = $1 AND pass = $2";
        let ranges = client.query_one(count, &[&row.id, &number]).await.map_err(failed)?.get(0);
        return Ok(Pass { number, ranges, joined: true });
    }
    let borders = borders(client, table, options).await.map_err(failed)?;
    begin(client, row, number + 1, work, &borders).await.map_err(failed)
}

async fn begin(client: &Client, row: &JobRow, number: i32, work: &str, borders: &[String]) -> Result<Pass, Error> {
    let pass = "INSERT INTO fieldseal_migrate.pass (job, number, work) VALUES ($1, $2, $3)";
    client.execute(pass, &[&row.id, &number, &work]).await?;
    let mut from: Vec<Option<&str>> = vec![None];
    from.extend(borders.iter().map(|border| Some(&**border)));
    let mut to = from.split_off(1);
    from.extend(to.iter().copied());
    to.push(None);
    let ranges = "\
        INSERT INTO fieldseal_migrate.range (job, pass, number, from_key, to_key, state) \
        SELECT $1, $2, n, f, t, 'open' FROM unnest($3::text[], $4::text[]) WITH ORDINALITY AS u (f, t, n)";
    client.execute(ranges, &[&row.id, &number, &from, &to]).await?;
    let job = "UPDATE fieldseal_migrate.job SET pass = $2, updated = now() WHERE id = $1";
    client.execute(job, &[&row.id, &number]).await?;
    Ok(Pass { number, ranges: i64::try_from(to.len()).unwrap_or(i64::MAX), joined: false })
}

/// The keys between ranges: quantiles of a sample of the table's blocks, in the order of the key's own collation.
async fn borders(client: &Client, table: &Table, options: &RunOptions) -> Result<Vec<String>, Error> {
    let estimate = rows(client, table).await?;
    let ranges = options.ranges.unwrap_or((estimate / ROWS_A_RANGE).ceil().clamp(1.0, 2_000.0) as usize);
    if ranges <= 1 {
        return Ok(Vec::new());
    }
    let part = if estimate < SMALL { 1.0 } else { SAMPLED * ranges as f64 / estimate };
    let percent = (100.0 * part).min(100.0) as f32;
    let (keys, names) = (
        join(table.id.iter().enumerate(), ", ", |(i, key)| format!("t.{}::text AS k{i}", ident(&key.name))),
        join(&table.id, ", ", |key| format!("t.{}", ident(&key.name))),
    );
    let sql = format!(
        "SELECT * FROM (SELECT {keys}, row_number() OVER (ORDER BY {names}) AS r, count(*) OVER () AS c \
         FROM {} AS t TABLESAMPLE SYSTEM ($1::float4)) AS s \
         WHERE r * $2::int8 / c <> (r - 1) * $2::int8 / c AND r < c ORDER BY r",
        table.quoted
    );
    let wanted = i64::try_from(ranges).unwrap_or(i64::MAX);
    let sample = client.query(&sql, &[&percent, &wanted]).await?;
    let texts = |row: &tokio_postgres::Row| (0..table.id.len()).map(|i| row.get::<_, String>(i)).collect::<Vec<_>>();
    Ok(sample.iter().map(|row| json_of(&texts(row))).collect())
}

/// Rows of the table; by its size where the planner has no estimate yet.
async fn rows(client: &Client, table: &Table) -> Result<f64, Error> {
    if table.estimate > 0.0 {
        return Ok(table.estimate);
    }
    let sql = "SELECT coalesce(sum(pg_relation_size(relid)), 0)::float8 / 150 FROM (\
               SELECT relid FROM pg_partition_tree($1::oid::regclass) UNION SELECT $1::oid::regclass) AS parts";
    Ok(client.query_one(sql, &[&table.oid]).await?.get(0))
}

const END: &str = "\
UPDATE fieldseal_migrate.pass SET ended = clock_timestamp() WHERE job = $1 AND number = $2 AND ended IS NULL \
AND NOT EXISTS (SELECT FROM fieldseal_migrate.range r WHERE r.job = $1 AND r.pass = $2 AND r.state = 'open')";

/// A job of steps goes on by steps; any other is done with its pass, and another job may have the table.
const DONE: &str = "\
UPDATE fieldseal_migrate.job SET state = 'done', updated = clock_timestamp() \
WHERE id = $1 AND state = 'running' AND kind NOT IN ('seal', 'unseal')";

/// What was put into quarantine before this pass, and not again by it, is mended or gone.
const MENDED: &str = "\
DELETE FROM fieldseal_migrate.quarantine q USING fieldseal_migrate.pass p \
WHERE q.job = $1 AND p.job = q.job AND p.number = $2 AND q.noticed < p.began AND ($3::text IS NULL OR q.firm = $3)";

const REPORT: &str = "\
SELECT count(*), coalesce(sum(rows_read), 0)::int8, coalesce(sum(rows_written), 0)::int8, \
coalesce(sum(rows_unchanged), 0)::int8, coalesce(sum(rows_left), 0)::int8, \
(SELECT count(*) FROM fieldseal_migrate.quarantine WHERE job = $1) \
FROM fieldseal_migrate.range WHERE job = $1 AND pass = $2";

/// Ends a pass whose ranges were all read to their end, and says what it came to.
pub(super) async fn end(
    client: &Client,
    id: uuid::Uuid,
    pass: i32,
    firm: Option<&FirmId>,
) -> Result<PassReport, Error> {
    if client.execute(END, &[&id, &pass]).await? == 1 {
        client.execute(DONE, &[&id]).await?;
        client.execute(MENDED, &[&id, &pass, &firm.map(ToString::to_string)]).await?;
    }
    report(client, id, pass).await
}

/// What the last pass of this work came to, if it is at its end.
pub(super) async fn ended(client: &Client, id: uuid::Uuid, work: &str) -> Result<Option<PassReport>, Error> {
    let sql = "SELECT number FROM fieldseal_migrate.pass WHERE job = $1 AND work = $2 AND ended IS NOT NULL ORDER BY number DESC LIMIT 1";
    match client.query_opt(sql, &[&id, &work]).await? {
        Some(row) => report(client, id, row.get(0)).await.map(Some),
        None => Ok(None),
    }
}

async fn report(client: &Client, id: uuid::Uuid, pass: i32) -> Result<PassReport, Error> {
    let row = client.query_one(REPORT, &[&id, &pass]).await?;
    Ok(PassReport {
        pass,
        ranges: row.get(0),
        read: row.get(1),
        written: row.get(2),
        unchanged: row.get(3),
        left: row.get(4),
        quarantined: row.get(5),
    })
}

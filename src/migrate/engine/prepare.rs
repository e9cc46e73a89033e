//! Reading a chunk and working out what becomes of its rows, while the chunk before is written.

use std::sync::Arc;

use tokio_postgres::types::ToSql;

use super::error::RunError;
use super::keys::{Sessions, sessions};
use super::link::{Failure, Link, Tries};
use super::run::Run;
use crate::keys::KeyError;
use crate::migrate::row::{KeyParts, Outcome, PairChange, Plain, Reason, Row};
use crate::migrate::rows::postgres::{Batch, Bounds, PairColumns};
use crate::migrate::transform::{RowKeys, Transform};
use crate::model::parallel;

/// A chunk that can be written.
pub(super) struct Prepared {
    pub(super) rows: Arc<Vec<Row>>,
    /// In the order of the rows.
    pub(super) outcomes: Vec<Outcome>,
    pub(super) homeless: Vec<(KeyParts, Reason)>,
    /// The key of the last row; `None`: there was none.
    pub(super) last: Option<Vec<String>>,
    /// Nothing is behind it in its range.
    pub(super) done: bool,
}

impl Prepared {
    pub(super) fn read(&self) -> usize {
        self.rows.len() + self.homeless.len()
    }
}

/// Reads a chunk behind `after` and works it out.
pub(super) async fn prepare(run: &Run, link: &mut Link, bounds: Bounds<'_>, rows: usize) -> Result<Prepared, RunError> {
    let mut tries = Tries::new(run, "reading rows");
    let (batch, done) = loop {
        match page(run, link, bounds, rows).await {
            Ok(page) => break page,
            Err(failure) => tries.again(run, link, failure).await?,
        };
    };
    work_out(run, batch, done).await
}

/// Works out what becomes of rows.
pub(super) async fn work_out(run: &Run, batch: Batch, done: bool) -> Result<Prepared, RunError> {
    let Batch { rows, homeless, last, .. } = batch;
    let (rows, mut tries) = (Arc::new(rows), Tries::new(run, "using firms' keys"));
    loop {
        let sessions = sessions(run, &rows).await?;
        match transformed(run, rows.clone(), sessions).await? {
            Ok(outcomes) => return Ok(Prepared { rows, outcomes, homeless, last, done }),
            // Keys that were taken away meanwhile: asked for again, the vault says why.
            Err(error) if error.is_retryable() || matches!(error, KeyError::Revoked { .. }) => {
                tries.pause(run, error.code().to_owned()).await?;
            }
            Err(source) => return Err(RunError::Keys { table: run.table(), source }),
        }
    }
}

/// The rows of a page, and whether they are the last of their range. More than the limit of bytes is not asked for.
async fn page(run: &Run, link: &mut Link, bounds: Bounds<'_>, limit: usize) -> Result<(Batch, bool), Failure> {
    let (sql, texts) = run.reading.page(bounds);
    let open = link.open(run).await?;
    let statement = open.prepared(&sql).await?;
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut params: Vec<&(dyn ToSql + Sync)> = texts.iter().map(|text| text as &(dyn ToSql + Sync)).collect();
    params.push(&most);
    let builder = open.client.build_transaction().read_only(true);
    let tx = builder.isolation_level(tokio_postgres::IsolationLevel::ReadCommitted).start().await?;
    let portal = tx.bind(&statement, &params).await?;
    let (mut batch, mut ask) = (Batch::default(), FIRST_ROWS.min(limit));
    let done = loop {
        let sent = tx.query_portal(&portal, i32::try_from(ask).unwrap_or(i32::MAX)).await?;
        for row in &sent {
            batch.take(&run.reading, row)?;
        }
        if sent.len() < ask {
            break batch.len() < limit;
        }
        if batch.len() >= limit || batch.bytes >= run.options.chunk_bytes {
            break false;
        }
        let room = (run.options.chunk_bytes - batch.bytes) / (batch.bytes / batch.len()).max(1);
        // By steps: the rows that come may be larger than those that came.
        ask = room.min(batch.len() * 8).clamp(1, limit - batch.len());
    };
    tx.commit().await?;
    Ok((batch, done))
}

/// Rows by whose size the others are asked for.
const FIRST_ROWS: usize = 8;

/// The outcomes of all rows, worked out on several cores.
async fn transformed(
    run: &Run,
    rows: Arc<Vec<Row>>,
    sessions: Sessions,
) -> Result<Result<Vec<Outcome>, KeyError>, RunError> {
    let (transform, pairs) = (run.transform.clone(), run.reading.table.pairs.clone());
    let numbers: Vec<usize> = (0..rows.len()).collect();
    let each = move |i: usize| outcome(&*transform, &pairs, &sessions, &rows[i]);
    let work = tokio::task::spawn_blocking(move || parallel::try_map(numbers, each));
    work.await.map_err(|_| RunError::Panicked { table: run.table() })
}

fn outcome(
    transform: &dyn Transform,
    pairs: &[PairColumns],
    sessions: &Sessions,
    row: &Row,
) -> Result<Outcome, KeyError> {
    let session = |firm| sessions.get(firm).and_then(Option::as_ref);
    let old = row.old.as_ref().map_or(&row.firm, |old| &old.firm);
    let (Some(now), Some(old)) = (session(&row.firm), session(old)) else {
        return Ok(Outcome::Quarantine { pair: 0, reason: Reason::UnknownFirm });
    };
    let outcome = transform.apply(RowKeys { now: now.as_ref(), old: old.as_ref() }, row)?;
    Ok(fitting(pairs, outcome))
}

/// What would not fit its column as it is must not be written as something else.
fn fitting(pairs: &[PairColumns], outcome: Outcome) -> Outcome {
    let Outcome::Write(changes) = &outcome else { return outcome };
    let misfit = |(columns, change): (&PairColumns, &PairChange)| match (&columns.plain, change) {
        (Some(plain), PairChange::Unseal { plain: Some(value) }) => plain.bytes != matches!(value, Plain::Bytes(_)),
        (None, PairChange::Unseal { .. }) => true,
        _ => false,
    };
    match pairs.iter().zip(changes).position(misfit) {
        Some(pair) => Outcome::Quarantine { pair, reason: Reason::NotOfTheCodec },
        None => outcome,
    }
}

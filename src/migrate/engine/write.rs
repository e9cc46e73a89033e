//! Writing a chunk: by compare-and-set, with its checkpoint in the same transaction (MIG-15).

mod careful;
mod checkpoint;
mod copy;
mod quarantine;

use postgres_types::ToSql;

use super::error::{Fault, RunError};
use super::link::{Failure, Link, Open, Tries};
use super::prepare::{Prepared, work_out};
use super::run::Run;
use crate::migrate::row::{KeyParts, Outcome, PairChange, Row};
use crate::migrate::rows::postgres::{Batch, Update};

use checkpoint::Mark;
pub(super) use checkpoint::{Range, take_up};

/// How often rows that others changed are read again before they are left to the next pass.
const ROUNDS: usize = 3;

/// Rows to be written, with what becomes of them.
pub(super) type Change<'a> = (&'a Row, &'a [PairChange]);

/// How a chunk is written.
#[derive(Debug, Clone, Copy, Default)]
struct Manner {
    /// Part by part, so that a row that the database refuses is found.
    careful: bool,
    /// Past rows that others hold locks on.
    past_locks: bool,
}

/// What a transaction is part of.
#[derive(Clone, Copy)]
enum Goal<'a> {
    /// A range, whose cursor moves.
    Range(&'a Range, &'a Mark<'a>),
    /// Rows in quarantine, which leave it.
    Keys(&'a [String]),
}

/// Tries rows in quarantine again. Those that are done, gone, or in no need any more leave it. Gives how many are in
/// need, and how many others kept changing.
pub(super) async fn retry(run: &Run, link: &mut Link, keys: &[KeyParts]) -> Result<Retried, RunError> {
    let mut chunk = read_again(run, link, keys).await?;
    let named: Vec<String> = keys.iter().map(KeyParts::to_json).collect();
    let read = chunk.read();
    for _ in 0..=ROUNDS {
        let lost = commit(run, link, Goal::Keys(&named), &chunk).await?.unwrap_or_default();
        if lost.is_empty() {
            return Ok(Retried { read, left: 0 });
        }
        chunk = read_again(run, link, &lost).await?;
    }
    Ok(Retried { read, left: chunk.read() })
}

/// What became of rows in quarantine.
pub(super) struct Retried {
    pub(super) read: usize,
    pub(super) left: usize,
}

/// Writes a chunk and moves the range's cursor behind it. Says whether the range is still the worker's.
pub(super) async fn write(run: &Run, link: &mut Link, range: &mut Range, chunk: Prepared) -> Result<bool, RunError> {
    let (read, last, done) = (chunk.read(), chunk.last.clone(), chunk.done);
    let mut chunk = chunk;
    for round in 0.. {
        let mark = Mark { read, last: last.as_deref(), done, even_so: round == ROUNDS };
        let Some(lost) = commit(run, link, Goal::Range(range, &mark), &chunk).await? else { return Ok(false) };
        if lost.is_empty() || mark.even_so {
            break;
        }
        chunk = read_again(run, link, &lost).await?;
    }
    range.advance(last);
    run.gate.lock().charge(read, run.now());
    Ok(true)
}

/// Commits what becomes of the rows. Gives the keys of rows that others changed meanwhile; `None`: the range is another's.
async fn commit(
    run: &Run,
    link: &mut Link,
    goal: Goal<'_>,
    chunk: &Prepared,
) -> Result<Option<Vec<KeyParts>>, RunError> {
    let (mut tries, mut manner) = (Tries::new(run, "writing rows"), Manner::default());
    loop {
        let failure = match transaction(run, link, goal, chunk, manner).await {
            Ok(lost) => return Ok(lost),
            Err(failure) => failure,
        };
        if let Failure::Database(error) = &failure
            && matches!(Fault::of(error), Fault::Row | Fault::Unique)
            && !manner.careful
        {
            manner.careful = true;
            link.roll_back().await;
            continue;
        }
        manner.past_locks |= tries.again(run, link, failure).await? == Fault::Locked;
    }
}

async fn transaction(
    run: &Run,
    link: &mut Link,
    goal: Goal<'_>,
    chunk: &Prepared,
    manner: Manner,
) -> Result<Option<Vec<KeyParts>>, Failure> {
    let open = link.open(run).await?;
    if let (Some(shadow), Goal::Range(range, mark)) = (&run.options.shadow, goal) {
        return copy::transaction(run, open, range, mark, chunk, shadow).await;
    }
    let changes = changes(chunk);
    open.client.batch_execute("BEGIN ISOLATION LEVEL READ COMMITTED").await?;
    let tried = if manner.past_locks { held(run, open, &changes).await? } else { changes.clone() };
    let (written, refused) = if manner.careful {
        careful::update_all(run, open, &tried).await?
    } else {
        (update(run, open, &tried).await?, Vec::new())
    };
    let entries = quarantine::entries(run, chunk, &tried, &refused);
    quarantine::put(run, open, &entries).await?;
    let settled: std::collections::HashSet<&KeyParts> =
        written.iter().chain(refused.iter().map(|(n, ..)| n)).map(|n| &tried[*n].0.id).collect();
    let lost: Vec<KeyParts> =
        changes.iter().map(|(row, _)| &row.id).filter(|id| !settled.contains(id)).cloned().collect();
    let unchanged = chunk.outcomes.iter().filter(|outcome| is_unchanged(outcome)).count();
    let tally = checkpoint::Tally { written: written.len(), unchanged, left: lost.len() };
    match goal {
        Goal::Range(range, mark) => {
            if !checkpoint::set(run, open, range, mark, &tally).await? {
                open.client.batch_execute("ROLLBACK").await?;
                return Ok(if checkpoint::is_set(run, open, range, mark).await? { Some(Vec::new()) } else { None });
            }
        }
        Goal::Keys(keys) => {
            let lost: Vec<String> = lost.iter().map(KeyParts::to_json).collect();
            quarantine::clear(run, open, keys, &lost).await?;
        }
    }
    open.client.batch_execute("COMMIT").await?;
    Ok(Some(lost))
}

/// The numbers of the rows that were written, from 0.
async fn update(run: &Run, open: &mut Open, changes: &[Change<'_>]) -> Result<Vec<usize>, tokio_postgres::Error> {
    let update = Update::new(&run.reading.table, changes);
    if update.is_empty() {
        return Ok(Vec::new());
    }
    let statement = open.prepared(&update.sql()).await?;
    numbers(open, &statement, &update.arrays()).await
}

/// The rows that are as they were read and that nobody else holds; they are now held by this transaction.
async fn held<'a>(
    run: &Run,
    open: &mut Open,
    changes: &[Change<'a>],
) -> Result<Vec<Change<'a>>, tokio_postgres::Error> {
    let update = Update::new(&run.reading.table, changes);
    let statement = open.prepared(&update.lock_sql()).await?;
    let held = numbers(open, &statement, &update.key_arrays()).await?;
    Ok(held.into_iter().map(|n| changes[n]).collect())
}

async fn numbers(
    open: &Open,
    statement: &tokio_postgres::Statement,
    arrays: &[Box<dyn ToSql + Sync + Send + '_>],
) -> Result<Vec<usize>, tokio_postgres::Error> {
    let params: Vec<&(dyn ToSql + Sync)> = arrays.iter().map(|array| &**array as &(dyn ToSql + Sync)).collect();
    let rows = open.client.query(statement, &params).await?;
    let number = |row: tokio_postgres::Row| usize::try_from(row.get::<_, i64>(0) - 1).unwrap_or(usize::MAX);
    Ok(rows.into_iter().map(number).collect())
}

fn changes<'a>(chunk: &'a Prepared) -> Vec<Change<'a>> {
    let change = |(row, outcome): (_, &'a Outcome)| match outcome {
        outcome if is_unchanged(outcome) => None,
        Outcome::Write(changes) => Some((row, changes.as_slice())),
        _ => None,
    };
    chunk.rows.iter().zip(&chunk.outcomes).filter_map(change).collect()
}

fn is_unchanged(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Unchanged => true,
        Outcome::Write(changes) => changes.iter().all(|change| matches!(change, PairChange::Keep)),
        Outcome::Quarantine { .. } => false,
    }
}

/// Reads rows again by their keys. Those that are gone, or in no need any more, are done.
pub(super) async fn read_again(run: &Run, link: &mut Link, keys: &[KeyParts]) -> Result<Prepared, RunError> {
    let mut tries = Tries::new(run, "reading rows again");
    let batch = loop {
        match by_keys(run, link, keys).await {
            Ok(batch) => break batch,
            Err(failure) => tries.again(run, link, failure).await?,
        };
    };
    work_out(run, batch, false).await
}

async fn by_keys(run: &Run, link: &mut Link, keys: &[KeyParts]) -> Result<Batch, Failure> {
    let (sql, texts) = run.reading.again();
    let open = link.open(run).await?;
    let statement = open.prepared(&sql).await?;
    let keys: Vec<Vec<String>> = keys.iter().map(KeyParts::to_texts).collect();
    let columns: Vec<Vec<&String>> =
        (0..run.reading.table.id.len()).map(|i| keys.iter().map(|key| &key[i]).collect()).collect();
    let mut params: Vec<&(dyn ToSql + Sync)> = columns.iter().map(|column| column as &(dyn ToSql + Sync)).collect();
    params.extend(texts.iter().map(|text| text as &(dyn ToSql + Sync)));
    let mut batch = Batch::default();
    for row in open.client.query(&statement, &params).await? {
        batch.take(&run.reading, &row)?;
    }
    Ok(batch)
}

//! How far a range is: committed with the rows.

use tokio_postgres::Error;
use uuid::Uuid;

use super::super::event::RunEvent;
use super::super::link::Open;
use super::super::run::{Allowed, Run};
use crate::migrate::rows::json_of;
use crate::migrate::rows::postgres::Bounds;

/// A key range that a worker holds.
#[derive(Debug, Clone)]
pub(in crate::migrate::engine) struct Range {
    pub(in crate::migrate::engine) worker: Uuid,
    pub(in crate::migrate::engine) number: i32,
    /// The range begins behind this key.
    pub(in crate::migrate::engine) from: Option<Vec<String>>,
    pub(in crate::migrate::engine) upto: Option<Vec<String>>,
    /// What is before it is done.
    pub(in crate::migrate::engine) cursor: Option<Vec<String>>,
}

impl Range {
    /// What is still to be read, or what is behind `last`.
    pub(in crate::migrate::engine) fn behind<'a>(&'a self, last: Option<&'a [String]>) -> Bounds<'a> {
        Bounds { after: last.or(self.cursor.as_deref()).or(self.from.as_deref()), upto: self.upto.as_deref() }
    }

    pub(super) fn advance(&mut self, last: Option<Vec<String>>) {
        if last.is_some() {
            self.cursor = last;
        }
    }
}

/// Where the cursor goes with a chunk.
pub(super) struct Mark<'a> {
    /// Rows of the chunk.
    pub(super) read: usize,
    pub(super) last: Option<&'a [String]>,
    pub(super) done: bool,
    /// The cursor moves though rows were lost to others.
    pub(super) even_so: bool,
}

impl Mark<'_> {
    fn cursor(&self) -> Option<String> {
        self.last.map(json_of)
    }
}

/// What a transaction did.
pub(super) struct Tally {
    pub(super) written: usize,
    pub(super) unchanged: usize,
    pub(super) left: usize,
}

/// A range that was taken over, or whose cursor a transaction of unknown end has moved, is not found.
const SET: &str = "\
UPDATE fieldseal_migrate.range SET beat = beat + 1, rows_written = rows_written + $5, rows_unchanged = rows_unchanged + $6, \
rows_read = rows_read + $7, rows_left = rows_left + $8, cursor = coalesce($9::text, cursor), \
state = CASE WHEN $10 THEN 'done' ELSE state END \
WHERE job = $1 AND pass = $2 AND number = $3 AND worker = $4 AND state = 'open' AND cursor IS NOT DISTINCT FROM $11::text \
RETURNING (SELECT j.state FROM fieldseal_migrate.job j WHERE j.id = $1)";

const IS_SET: &str = "\
SELECT EXISTS (SELECT FROM fieldseal_migrate.range WHERE job = $1 AND pass = $2 AND number = $3 AND worker = $4 \
AND cursor IS NOT DISTINCT FROM coalesce($5::text, cursor) AND (state = 'done') = $6)";

/// Sets the checkpoint, and takes up what the operator says of the job. `false`: the range is not as the worker left it.
pub(super) async fn set(
    run: &Run,
    open: &mut Open,
    range: &Range,
    mark: &Mark<'_>,
    tally: &Tally,
) -> Result<bool, Error> {
    let moves = tally.left == 0 || mark.even_so;
    let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let (read, left) = if moves { (count(mark.read), count(tally.left)) } else { (0, 0) };
    let cursor = mark.cursor().filter(|_| moves);
    let before = range.cursor.as_deref().map(json_of);
    let (written, unchanged, done) = (count(tally.written), count(tally.unchanged), moves && mark.done);
    let statement = open.prepared(SET).await?;
    let row = open
        .client
        .query_opt(
            &statement,
            &[
                &run.id,
                &run.pass,
                &range.number,
                &range.worker,
                &written,
                &unchanged,
                &read,
                &left,
                &cursor,
                &done,
                &before,
            ],
        )
        .await?;
    let Some(row) = row else { return Ok(false) };
    take_up(run, row.get(0));
    Ok(true)
}

/// Whether a transaction whose end was not heard of has moved the cursor.
pub(super) async fn is_set(run: &Run, open: &mut Open, range: &Range, mark: &Mark<'_>) -> Result<bool, Error> {
    let statement = open.prepared(IS_SET).await?;
    let row = open
        .client
        .query_one(&statement, &[&run.id, &run.pass, &range.number, &range.worker, &mark.cursor(), &mark.done])
        .await?;
    Ok(row.get(0))
}

/// Takes up the state of the job's row, and tells it if it is news.
pub(in crate::migrate::engine) fn take_up(run: &Run, state: &str) {
    let now = Allowed::of(state);
    match (run.gate.set_state(now), now) {
        (Allowed::Running, Allowed::Paused) => run.tell(&RunEvent::Paused),
        (Allowed::Paused, Allowed::Running) => run.tell(&RunEvent::Resumed),
        _ => {}
    }
}

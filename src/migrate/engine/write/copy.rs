//! A chunk that is copied into another table: with every row between its keys, whether it is in need or not.

use super::super::link::{Failure, Open};
use super::super::prepare::Prepared;
use super::super::run::Run;
use super::checkpoint::{self, Mark, Tally};
use super::{Change, Range, changes, quarantine};
use crate::migrate::row::KeyParts;
use crate::migrate::rows::postgres::{Bounds, Shadow, Update};

/// Copies the rows from the range's cursor to the chunk's last, and moves the cursor. What others change meanwhile is captured,
/// and copied anew later: nothing is compared here but the row's own version.
pub(super) async fn transaction(
    run: &Run,
    open: &mut Open,
    range: &Range,
    mark: &Mark<'_>,
    chunk: &Prepared,
    shadow: &Shadow,
) -> Result<Option<Vec<KeyParts>>, Failure> {
    let changes = changes(chunk);
    // The arrays' lengths are not known to the planner, which would compare each row with each of theirs.
    open.client
        .batch_execute(
            "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL enable_hashjoin = on; SET LOCAL enable_nestloop = off",
        )
        .await?;
    let all = range.behind(None);
    let upto = if mark.done { all.upto } else { mark.last };
    copy(run, open, shadow, &changes, Bounds { after: all.after, upto }).await?;
    let entries = quarantine::entries(run, chunk, &changes, &[]);
    quarantine::put(run, open, &entries).await?;
    let tally = Tally { written: changes.len(), unchanged: chunk.outcomes.len() - changes.len(), left: 0 };
    if !checkpoint::set(run, open, range, mark, &tally).await? {
        open.client.batch_execute("ROLLBACK").await?;
        return Ok(if checkpoint::is_set(run, open, range, mark).await? { Some(Vec::new()) } else { None });
    }
    open.client.batch_execute("COMMIT").await?;
    Ok(Some(Vec::new()))
}

async fn copy(
    run: &Run,
    open: &mut Open,
    shadow: &Shadow,
    changes: &[Change<'_>],
    bounds: Bounds<'_>,
) -> Result<(), tokio_postgres::Error> {
    let update = Update::new(&run.reading.table, changes);
    let (sql, texts) = update.copy_sql(shadow, bounds);
    let (statement, arrays) = (open.prepared(&sql).await?, update.arrays());
    let arrays = arrays.iter().map(|array| &**array as &(dyn postgres_types::ToSql + Sync));
    let texts = texts.iter().map(|text| text as &(dyn postgres_types::ToSql + Sync));
    let params: Vec<&(dyn postgres_types::ToSql + Sync)> = arrays.chain(texts).collect();
    open.client.query_one(&statement, &params).await.map(drop)
}

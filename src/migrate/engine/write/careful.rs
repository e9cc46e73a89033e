//! A chunk of which the database refuses a row: halved until the row is found, the others are written.

use tokio_postgres::Error;
use tokio_postgres::error::DbError;

use super::super::error::Fault;
use super::super::link::Open;
use super::super::run::Run;
use super::{Change, update};
use crate::migrate::row::Reason;

/// A row that is refused: its number, pair and reason.
pub(super) type Refused = (usize, usize, Reason);

/// Writes the rows that the database takes. Gives the numbers of those written and those refused.
pub(super) async fn update_all(
    run: &Run,
    open: &mut Open,
    changes: &[Change<'_>],
) -> Result<(Vec<usize>, Vec<Refused>), Error> {
    let (mut written, mut refused) = (Vec::new(), Vec::new());
    let mut parts = vec![(0, changes.len())];
    while let Some((from, to)) = parts.pop().filter(|(from, to)| from < to) {
        open.client.batch_execute("SAVEPOINT fieldseal_part").await?;
        let error = match update(run, open, &changes[from..to]).await {
            Ok(numbers) => {
                written.extend(numbers.into_iter().map(|n| from + n));
                open.client.batch_execute("RELEASE fieldseal_part").await?;
                continue;
            }
            Err(error) if matches!(Fault::of(&error), Fault::Row | Fault::Unique) => error,
            Err(error) => return Err(error),
        };
        open.client.batch_execute("ROLLBACK TO fieldseal_part; RELEASE fieldseal_part").await?;
        if to - from == 1 {
            let (pair, reason) = why(run, open, &error).await?;
            refused.push((from, pair, reason));
        } else {
            let middle = from + (to - from) / 2;
            parts.extend([(middle, to), (from, middle)]);
        }
    }
    Ok((written, refused))
}

async fn why(run: &Run, open: &Open, error: &Error) -> Result<(usize, Reason), Error> {
    if Fault::of(error) != Fault::Unique {
        return Ok((0, Reason::Refused));
    }
    let columns = match error.as_db_error() {
        Some(error) => columns_of(open, error).await?,
        None => Vec::new(),
    };
    let holds = |name: &Option<String>| name.as_ref().is_some_and(|name| columns.contains(name));
    let plain = |i: usize| run.reading.table.pairs[i].plain.as_ref().map(|plain| plain.name.clone());
    let pairs = &run.reading.table.pairs;
    let pair = (0..pairs.len()).find(|i| holds(&pairs[*i].term) || holds(&plain(*i)));
    Ok((pair.unwrap_or(0), Reason::NotUnique))
}

/// The columns of the index that holds the value already; a partition has indexes of its own.
const COLUMNS: &str = "\
SELECT a.attname::text FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL unnest(i.indkey::int2[]) AS k (att) \
JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.att \
WHERE n.nspname = $1::text AND c.relname = $2::text";

async fn columns_of(open: &Open, error: &DbError) -> Result<Vec<String>, Error> {
    let (Some(schema), Some(name)) = (error.schema(), error.constraint()) else { return Ok(Vec::new()) };
    let rows = open.client.query(COLUMNS, &[&schema, &name]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

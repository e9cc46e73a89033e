//! Rows that can't be done: put down with a reason, never skipped in silence (MIG-17).

use super::super::error::RunError;
use super::super::link::{Failure, Open};
use super::super::prepare::Prepared;
use super::super::run::Run;
use super::Change;
use super::careful::Refused;
use crate::migrate::row::{KeyParts, Outcome, Reason};

/// A row that goes into quarantine.
#[derive(Debug)]
pub(in crate::migrate::engine) struct Entry {
    pub(in crate::migrate::engine) row_key: String,
    pub(in crate::migrate::engine) column: &'static str,
    pub(in crate::migrate::engine) firm: String,
    pub(in crate::migrate::engine) reason: Reason,
}

/// The entries of a chunk: what its transform could not do, and what the database refused.
pub(super) fn entries(run: &Run, chunk: &Prepared, tried: &[Change<'_>], refused: &[Refused]) -> Vec<Entry> {
    let entry = |id: &KeyParts, firm: String, pair: usize, reason| Entry {
        row_key: id.to_json(),
        column: run.job.subject.columns[pair].column.schema().column,
        firm,
        reason,
    };
    let homeless = chunk.homeless.iter().map(|(id, reason)| entry(id, String::new(), 0, *reason));
    let transformed = chunk.rows.iter().zip(&chunk.outcomes).filter_map(|(row, outcome)| match outcome {
        Outcome::Quarantine { pair, reason } => Some(entry(&row.id, row.firm.to_string(), *pair, *reason)),
        _ => None,
    });
    let refused = refused.iter().map(|(n, pair, reason)| {
        let row = tried[*n].0;
        entry(&row.id, row.firm.to_string(), *pair, *reason)
    });
    homeless.chain(transformed).chain(refused).collect()
}

const PUT: &str = "\
INSERT INTO fieldseal_migrate.quarantine (job, row_key, column_name, firm, reason) \
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) \
ON CONFLICT (job, row_key, column_name) DO UPDATE SET firm = excluded.firm, reason = excluded.reason, noticed = now()";

const COUNT: &str = "SELECT count(*) FROM fieldseal_migrate.quarantine WHERE job = $1";

/// Puts the entries down.
///
/// # Errors
/// [`RunError::Quarantine`] above the limit: the transaction is rolled back.
pub(super) async fn put(run: &Run, open: &mut Open, entries: &[Entry]) -> Result<(), Failure> {
    if entries.is_empty() {
        return Ok(());
    }
    let keys: Vec<&str> = entries.iter().map(|entry| &*entry.row_key).collect();
    let columns: Vec<&str> = entries.iter().map(|entry| entry.column).collect();
    let firms: Vec<&str> = entries.iter().map(|entry| &*entry.firm).collect();
    let reasons: Vec<&str> = entries.iter().map(|entry| entry.reason.as_str()).collect();
    let statement = open.prepared(PUT).await?;
    open.client.execute(&statement, &[&run.id, &keys, &columns, &firms, &reasons]).await?;
    let statement = open.prepared(COUNT).await?;
    let count: i64 = open.client.query_one(&statement, &[&run.id]).await?.get(0);
    let limit = run.options.quarantine_limit;
    if u64::try_from(count).unwrap_or(0) > limit {
        return Err(RunError::Quarantine { table: run.table(), limit }.into());
    }
    Ok(())
}

const CLEAR: &str = "\
DELETE FROM fieldseal_migrate.quarantine \
WHERE job = $1 AND row_key = ANY($2) AND row_key <> ALL($3) AND noticed < now()";

/// Takes rows out of quarantine that were not put there by this transaction, nor were lost to others.
pub(super) async fn clear(
    run: &Run,
    open: &mut Open,
    keys: &[String],
    lost: &[String],
) -> Result<(), tokio_postgres::Error> {
    let statement = open.prepared(CLEAR).await?;
    open.client.execute(&statement, &[&run.id, &keys, &lost]).await?;
    Ok(())
}

//! Key ranges, claimed by leases in the database (MIG-14).

use std::collections::HashMap;
use std::time::Duration;

use tokio_postgres::Row;
use uuid::Uuid;

use super::link::{Failure, Link};
use super::run::Run;
use super::write::Range;
use crate::migrate::rows::texts_of;

/// What a worker that asks for a range is told.
pub(super) enum Claim {
    Taken {
        range: Range,
        taken_over: bool,
    },
    /// Others hold all that are left.
    Wait,
    /// All were read to their end.
    Over,
}

/// Beats of other workers, and since when each is seen by the own clock: the clocks of two machines are never compared.
#[derive(Default)]
pub(super) struct Seen(HashMap<i32, (Option<Uuid>, i64, Duration)>);

impl Seen {
    /// Whether the range's beat has stood still for the lease.
    fn is_stale(&mut self, number: i32, worker: Option<Uuid>, beat: i64, now: Duration, lease: Duration) -> bool {
        let seen = self.0.entry(number).or_insert((worker, beat, now));
        if (seen.0, seen.1) != (worker, beat) {
            *seen = (worker, beat, now);
        }
        now.saturating_sub(seen.2) >= lease
    }
}

const FREE: &str = "\
UPDATE fieldseal_migrate.range SET worker = $3, beat = beat + 1 WHERE (job, pass, number) = (\
SELECT job, pass, number FROM fieldseal_migrate.range WHERE job = $1 AND pass = $2 AND state = 'open' AND worker IS NULL \
ORDER BY number FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING number, from_key, to_key, cursor";

const HELD: &str =
    "SELECT number, worker, beat FROM fieldseal_migrate.range WHERE job = $1 AND pass = $2 AND state = 'open'";

const TAKE_OVER: &str = "\
UPDATE fieldseal_migrate.range SET worker = $3, beat = beat + 1 \
WHERE job = $1 AND pass = $2 AND number = $4 AND state = 'open' AND worker IS NOT DISTINCT FROM $5 AND beat = $6 \
RETURNING number, from_key, to_key, cursor";

/// Asks for a range: a free one, else one whose worker's beat stands still.
pub(super) async fn claim(run: &Run, link: &mut Link, seen: &mut Seen, worker: Uuid) -> Result<Claim, Failure> {
    let open = link.open(run).await?;
    let statement = open.prepared(FREE).await?;
    if let Some(row) = open.client.query_opt(&statement, &[&run.id, &run.pass, &worker]).await? {
        return Ok(Claim::Taken { range: range_of(worker, &row), taken_over: false });
    }
    let statement = open.prepared(HELD).await?;
    let held = open.client.query(&statement, &[&run.id, &run.pass]).await?;
    for row in &held {
        let (number, holder, beat): (i32, Option<Uuid>, i64) = (row.get(0), row.get(1), row.get(2));
        if !seen.is_stale(number, holder, beat, run.now(), run.options.lease) {
            continue;
        }
        let statement = open.prepared(TAKE_OVER).await?;
        let taken = open.client.query_opt(&statement, &[&run.id, &run.pass, &worker, &number, &holder, &beat]).await?;
        if let Some(row) = taken {
            return Ok(Claim::Taken { range: range_of(worker, &row), taken_over: true });
        }
    }
    Ok(if held.is_empty() { Claim::Over } else { Claim::Wait })
}

fn range_of(worker: Uuid, row: &Row) -> Range {
    let key = |i: usize| row.get::<_, Option<String>>(i).and_then(|json| texts_of(&json));
    Range { worker, number: row.get(0), from: key(1), upto: key(2), cursor: key(3) }
}

/// Counts the beats of this process's workers up. A range whose checkpoint is being committed beats by that.
pub(super) const BEAT: &str = "\
UPDATE fieldseal_migrate.range SET beat = beat + 1 WHERE (job, pass, number) IN (\
SELECT job, pass, number FROM fieldseal_migrate.range WHERE job = $1 AND pass = $2 AND state = 'open' AND worker = ANY($3) \
FOR UPDATE SKIP LOCKED)";

/// Gives the ranges of workers that stop back to the others.
pub(super) const RELEASE: &str = "\
UPDATE fieldseal_migrate.range SET worker = NULL, beat = beat + 1 \
WHERE job = $1 AND pass = $2 AND state = 'open' AND worker = ANY($3)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_beat_that_stands_still_for_the_lease_is_stale() {
        let (mut seen, lease) = (Seen::default(), Duration::from_secs(30));
        let worker = Some(Uuid::new_v4());
        let mut at = |seconds, beat| seen.is_stale(1, worker, beat, Duration::from_secs(seconds), lease);
        assert!(!at(100, 1), "the first look says nothing");
        assert!(!at(129, 1) && at(130, 1));
        assert!(!at(131, 2), "it beats again");
        assert!(!at(160, 2) && at(161, 2));
    }

    #[test]
    fn another_worker_has_a_lease_of_its_own() {
        let (mut seen, lease) = (Seen::default(), Duration::from_secs(30));
        assert!(!seen.is_stale(1, Some(Uuid::new_v4()), 7, Duration::ZERO, lease));
        assert!(!seen.is_stale(1, Some(Uuid::new_v4()), 7, lease, lease));
    }
}

//! Beside the workers of a process: beats for them, hears the operator, follows the server, and tells how far the pass is.

use std::sync::Arc;
use std::time::Duration;

use super::claim::{BEAT, RELEASE};
use super::event::{Progress, RunEvent};
use super::jobs::throttle_of;
use super::link::{Failure, Link, Open, Tries};
use super::run::Run;
use super::write::take_up;
use crate::migrate::throttle::{Adaptive, Watch};
use crate::migrate::{SlowedBy, Throttle};

/// What a process keeps up while its workers are at work.
pub(super) struct Monitor {
    run: Arc<Run>,
    link: Link,
    watch: Watch,
    adaptive: Adaptive,
    pace: Pace,
}

/// Rows a second, of all workers and of this process's.
#[derive(Default)]
struct Pace {
    began: Option<(Duration, i64)>,
    last: Option<(Duration, i64)>,
    rate: f64,
}

impl Monitor {
    pub(super) fn new(run: Arc<Run>) -> Self {
        let (watch, adaptive) = (Watch::default(), Adaptive::default());
        Self { run, link: Link::default(), watch, adaptive, pace: Pace::default() }
    }

    /// Looks after the run until it is dropped. A look that fails is followed by the next.
    pub(super) async fn keep(mut self) {
        let run = self.run.clone();
        loop {
            self.look().await;
            tokio::time::sleep(run.options.poll).await;
        }
    }

    /// One look.
    pub(super) async fn look(&mut self) {
        let run = self.run.clone();
        if let Err(failure) = self.try_look().await {
            // One try at a time: what it waits for is a small part of a lease.
            let _ = Tries::new(&run, "looking after the pass").again(&run, &mut self.link, failure).await;
        }
    }

    async fn try_look(&mut self) -> Result<(), Failure> {
        let Self { run, link, watch, adaptive, pace } = self;
        let open = link.open(run).await?;
        let beat = open.prepared(BEAT).await?;
        open.client.execute(&beat, &[&run.id, &run.pass, &run.workers]).await?;
        let job = open.prepared(JOB).await?;
        let job = open.client.query_one(&job, &[&run.id, &run.pass, &run.workers]).await?;
        take_up(run, job.get(0));
        let throttle = throttle_of(job.get(1));
        let share = share(job.get(2), job.get(3), run.workers.len());
        let mut progress = progress(run, open).await?;
        pace.take(run.now(), progress.read);
        progress.rate = pace.rate;
        progress.eta = pace.eta(&progress);
        let slowed = match throttle.is_adaptive() {
            true => adaptive.observe(&throttle, &watch.look(&open.client, run.now()).await?, pace.rate),
            false => None,
        };
        progress.slowed_by = slowed.or(throttle.rows_per_second.map(|_| SlowedBy::Rate));
        run.gate.lock().set_rate(rate(&throttle, adaptive, share), run.now());
        run.tell(&RunEvent::Progress(progress));
        Ok(())
    }
}

/// What the operator says, and how many workers there are: all, and this process's.
const JOB: &str = "\
SELECT j.state, j.settings, count(DISTINCT r.worker), count(DISTINCT r.worker) FILTER (WHERE r.worker = ANY($3)) \
FROM fieldseal_migrate.job j LEFT JOIN fieldseal_migrate.range r ON r.job = j.id AND r.pass = $2 AND r.state = 'open' \
WHERE j.id = $1 GROUP BY j.state, j.settings";

/// This process's part of what all workers together may do.
fn share(all: i64, own: i64, workers: usize) -> f64 {
    // Before the first range is claimed, nobody is counted.
    let own = own.max(i64::from(all == 0) * i64::try_from(workers).unwrap_or(1));
    own.max(1) as f64 / all.max(own).max(1) as f64
}

fn rate(throttle: &Throttle, adaptive: &Adaptive, share: f64) -> Option<f64> {
    let allowed = match (throttle.rows_per_second, adaptive.allowed()) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    // A rate of nothing would never be heard of again: pause the job instead.
    allowed.map(|allowed| (allowed * share).max(1.0))
}

const PROGRESS: &str = "\
SELECT count(*), count(*) FILTER (WHERE state = 'done'), coalesce(sum(rows_read), 0)::int8, \
coalesce(sum(rows_written), 0)::int8, coalesce(sum(rows_unchanged), 0)::int8, coalesce(sum(rows_left), 0)::int8, \
(SELECT count(*) FROM fieldseal_migrate.quarantine WHERE job = $1) \
FROM fieldseal_migrate.range WHERE job = $1 AND pass = $2";

async fn progress(run: &Run, open: &mut Open) -> Result<Progress, tokio_postgres::Error> {
    let statement = open.prepared(PROGRESS).await?;
    let row = open.client.query_one(&statement, &[&run.id, &run.pass]).await?;
    Ok(Progress {
        pass: run.pass,
        ranges: row.get(0),
        ranges_done: row.get(1),
        read: row.get(2),
        written: row.get(3),
        unchanged: row.get(4),
        left: row.get(5),
        quarantined: row.get(6),
        estimate: run.reading.table.estimate,
        ..Progress::default()
    })
}

/// Gives back what workers of this process still hold.
pub(super) async fn release(run: &Run) {
    let mut link = Link::default();
    let Ok(open) = link.open(run).await else { return };
    // If it fails, their beats stand still.
    let _ = open.client.execute(RELEASE, &[&run.id, &run.pass, &run.workers]).await;
}

impl Pace {
    fn take(&mut self, now: Duration, read: i64) {
        self.began.get_or_insert((now, read));
        if let Some((at, before)) = self.last {
            let passed = now.saturating_sub(at).as_secs_f64();
            if passed <= 0.0 {
                return;
            }
            let rate = (read - before).max(0) as f64 / passed;
            self.rate = if self.rate == 0.0 { rate } else { self.rate * 0.7 + rate * 0.3 };
        }
        self.last = Some((now, read));
    }

    /// By the part that is done: of the table's rows, or of its ranges where few rows are in need.
    fn eta(&self, progress: &Progress) -> Option<f64> {
        let (began, _) = self.began?;
        let (now, _) = self.last?;
        let rows = if progress.estimate > 0.0 { progress.read as f64 / progress.estimate } else { 0.0 };
        let ranges = progress.ranges_done as f64 / progress.ranges.max(1) as f64;
        let part = rows.max(ranges).min(1.0);
        let passed = now.saturating_sub(began).as_secs_f64();
        (part > 0.0 && passed > 0.0).then(|| passed * (1.0 - part) / part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_share_a_rate_by_their_workers() {
        assert_eq!(share(0, 0, 2), 1.0);
        assert_eq!(share(4, 1, 2), 0.25);
        assert_eq!(share(2, 2, 2), 1.0);
        assert_eq!(share(3, 0, 1), 1.0 / 3.0);
    }

    #[test]
    fn the_end_is_foretold_by_rows_or_ranges() {
        let mut pace = Pace::default();
        let progress =
            |read, done| Progress { estimate: 1000.0, ranges: 10, ranges_done: done, read, ..Progress::default() };
        pace.take(Duration::ZERO, 0);
        assert_eq!(pace.eta(&progress(0, 0)), None);
        pace.take(Duration::from_secs(10), 250);
        assert_eq!((pace.rate, pace.eta(&progress(250, 0))), (25.0, Some(30.0)));
        assert_eq!(pace.eta(&progress(0, 5)), Some(10.0));
    }
}

//! What is seen of a PostgreSQL server.

use std::time::Duration;

use tokio_postgres::{Client, Error};

/// How a server is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(in crate::migrate) struct Signals {
    /// Sessions that wait for locks, but the job's.
    pub(in crate::migrate) lock_waits: i64,
    /// Sessions at work, but the job's.
    pub(in crate::migrate) active: i64,
    /// Seconds that the slowest replica is behind; `None`: there is none, or the role may not see it.
    pub(in crate::migrate) replication_lag: Option<f64>,
    /// `None` on the first look.
    pub(in crate::migrate) wal_per_second: Option<f64>,
}

/// Looks at a server again and again.
#[derive(Debug, Default)]
pub(in crate::migrate) struct Watch {
    wal: Option<(f64, Duration)>,
}

const SQL: &str = "\
SELECT count(*) FILTER (WHERE wait_event_type = 'Lock'), count(*) FILTER (WHERE state = 'active'), \
(SELECT max(extract(epoch FROM replay_lag))::float8 FROM pg_catalog.pg_stat_replication), \
CASE WHEN pg_catalog.pg_is_in_recovery() THEN NULL \
ELSE pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), '0/0')::float8 END \
FROM pg_catalog.pg_stat_activity WHERE datname = current_database() AND pid <> pg_catalog.pg_backend_pid() \
AND application_name <> 'fieldseal-migrate'";

impl Watch {
    pub(in crate::migrate) async fn look(&mut self, client: &Client, now: Duration) -> Result<Signals, Error> {
        let row = client.query_one(SQL, &[]).await?;
        let wal: Option<f64> = row.get(3);
        Ok(Signals {
            lock_waits: row.get(0),
            active: row.get(1),
            replication_lag: row.get(2),
            wal_per_second: wal.and_then(|wal| self.rate(wal, now)),
        })
    }

    fn rate(&mut self, wal: f64, now: Duration) -> Option<f64> {
        let (before, at) = self.wal.replace((wal, now))?;
        let passed = now.saturating_sub(at).as_secs_f64();
        (passed > 0.0).then(|| (wal - before).max(0.0) / passed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wal_is_told_as_a_rate() {
        let mut watch = Watch::default();
        assert_eq!(watch.rate(1000.0, Duration::from_secs(1)), None);
        assert_eq!(watch.rate(5000.0, Duration::from_secs(3)), Some(2000.0));
        assert_eq!(watch.rate(4000.0, Duration::from_secs(4)), Some(0.0));
    }
}

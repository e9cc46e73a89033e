//! Statements that need locks: they give up soon, let others through, and try again (MIG-12).

use std::time::{Duration, Instant};

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

/// How long a step tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// How long one try waits for a lock, and so holds up others who want one. Default 500 ms.
    pub lock_timeout: Duration,
    /// How long to go on trying. Default five minutes.
    pub overall: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { lock_timeout: Duration::from_millis(500), overall: Duration::from_secs(300) }
    }
}

/// A statement that was not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StatementError {
    /// Others held the lock for too long.
    #[error("{what}: the lock was not to be had within {waited:?}{}: end what holds it, or wait longer", blockers(.by))]
    Locked {
        /// What was to be done.
        what: &'static str,
        /// How long was tried.
        waited: Duration,
        /// The server processes that were in the way at the last try.
        by: Vec<Blocker>,
    },
    /// The server refused it.
    #[error("{what}: the database refused")]
    Refused {
        /// What was to be done.
        what: &'static str,
        /// What the server said.
        #[source]
        source: tokio_postgres::Error,
    },
}

/// Who holds a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Blocker {
    /// The server's process id.
    pub pid: i32,
    /// What the session calls itself.
    pub application: String,
    /// Its state, such as `idle in transaction`.
    pub state: String,
    /// How long its transaction has been running.
    pub since: Duration,
}

fn blockers(by: &[Blocker]) -> String {
    let one =
        |by: &Blocker| format!("process {} ({}, {}, since {} s)", by.pid, by.application, by.state, by.since.as_secs());
    if by.is_empty() {
        String::new()
    } else {
        format!(", held by {}", by.iter().map(one).collect::<Vec<_>>().join(", "))
    }
}

/// Runs statements that belong together, in one transaction, with short waits for locks.
pub(super) async fn run(
    client: &Client,
    what: &'static str,
    sql: &str,
    patience: Patience,
) -> Result<(), StatementError> {
    let timeout = patience.lock_timeout.as_millis();
    attempt(client, what, patience, &format!("BEGIN; SET LOCAL lock_timeout = {timeout}; {sql} COMMIT;")).await
}

/// Runs a statement that can't be in a transaction, such as CREATE INDEX CONCURRENTLY. It waits for running transactions,
/// and holds nobody up meanwhile; its own short locks are what the timeout is for.
pub(super) async fn run_alone(
    client: &Client,
    what: &'static str,
    sql: &str,
    patience: Patience,
) -> Result<(), StatementError> {
    let refused = |source| StatementError::Refused { what, source };
    client.batch_execute("SET lock_timeout = 0").await.map_err(refused)?;
    let done = attempt(client, what, patience, sql).await;
    let timeout = format!("SET lock_timeout = {}", patience.lock_timeout.as_millis());
    client.batch_execute(&timeout).await.map_err(refused)?;
    done
}

async fn attempt(client: &Client, what: &'static str, patience: Patience, sql: &str) -> Result<(), StatementError> {
    let (began, mut pause) = (Instant::now(), FIRST_PAUSE);
    loop {
        let Err(source) = client.batch_execute(sql).await else { return Ok(()) };
        // A batch that failed leaves its transaction open.
        let closed = client.batch_execute("ROLLBACK").await;
        if !source.code().is_some_and(is_locked) || closed.is_err() {
            return Err(StatementError::Refused { what, source });
        }
        if began.elapsed() >= patience.overall {
            let by = holders(client).await.unwrap_or_default();
            return Err(StatementError::Locked { what, waited: began.elapsed(), by });
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

fn is_locked(code: &SqlState) -> bool {
    [SqlState::LOCK_NOT_AVAILABLE, SqlState::T_R_DEADLOCK_DETECTED].contains(code)
}

/// Transactions that have been running for a second at least: one of them is in the way.
async fn holders(client: &Client) -> Result<Vec<Blocker>, tokio_postgres::Error> {
    let rows = client
        .query(
            "SELECT pid, application_name, coalesce(state, ''), \
             extract(epoch FROM clock_timestamp() - xact_start)::double precision \
             FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
             AND xact_start < clock_timestamp() - interval '1 second' ORDER BY xact_start LIMIT 5",
            &[],
        )
        .await?;
    let blocker = |row: &tokio_postgres::Row| Blocker {
        pid: row.get(0),
        application: row.get(1),
        state: row.get(2),
        since: Duration::try_from_secs_f64(row.get(3)).unwrap_or_default(),
    };
    Ok(rows.iter().map(blocker).collect())
}

const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// Long enough for the writers that queued up behind a try.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

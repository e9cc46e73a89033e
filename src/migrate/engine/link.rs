//! A connection of a worker's own, made again when it is lost, and what is tried again on it.

use std::collections::HashMap;
use std::time::Duration;

use tokio_postgres::{Client, Error, Statement};

use super::error::{Fault, RunError, told};
use super::event::RunEvent;
use super::run::Run;
use crate::migrate::ConnectError;

/// A connection with its prepared statements.
#[derive(Default)]
pub(super) struct Link {
    open: Option<Open>,
}

pub(super) struct Open {
    pub(super) client: Client,
    statements: HashMap<String, Statement>,
}

/// Workers go by keys, whatever the planner thinks of a small table; and their own clearing is known as such (MIG-7).
const SETTINGS: &str = "\
SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_bitmapscan = off; SET jit = off; \
SET max_parallel_workers_per_gather = 0; SET plan_cache_mode = force_custom_plan; SET fieldseal.migrate = 'on'; \
SET idle_in_transaction_session_timeout = '60s'";

/// What stopped a try.
pub(super) enum Failure {
    Database(Error),
    Connect(ConnectError),
    /// Trying again does not help.
    Final(RunError),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        Self::Connect(error)
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        Self::Final(error)
    }
}

impl Link {
    /// The connection, made if there is none.
    pub(super) async fn open(&mut self, run: &Run) -> Result<&mut Open, Failure> {
        if self.open.as_ref().is_none_or(|open| open.client.is_closed()) {
            let client = run.postgres().connect().await?;
            client.batch_execute(SETTINGS).await?;
            self.open = Some(Open { client, statements: HashMap::new() });
        }
        Ok(self.open.as_mut().expect("just made"))
    }

    /// Rolls the transaction back, so that another can begin.
    pub(super) async fn roll_back(&mut self) {
        self.clear(Fault::Again).await;
    }

    /// What is left of a failed try goes: a transaction is rolled back, a connection of no use is dropped.
    async fn clear(&mut self, fault: Fault) {
        let Some(open) = &self.open else { return };
        if fault == Fault::Lost || open.client.is_closed() || open.client.batch_execute("ROLLBACK").await.is_err() {
            self.open = None;
        }
    }
}

impl Open {
    /// A statement, prepared once.
    pub(super) async fn prepared(&mut self, sql: &str) -> Result<Statement, Error> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).await?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

/// Tries at one thing, until it succeeds or patience ends.
pub(super) struct Tries {
    doing: &'static str,
    since: Duration,
    count: u32,
}

/// The first wait, which grows with every try up to the last.
const FIRST: Duration = Duration::from_millis(50);
const LONGEST: Duration = Duration::from_secs(5);

impl Tries {
    pub(super) fn new(run: &Run, doing: &'static str) -> Self {
        Self { doing, since: run.now(), count: 0 }
    }

    /// Waits before the next try.
    ///
    /// # Errors
    /// The failure, when trying again does not help; [`RunError::Patience`] when it was tried for long enough.
    pub(super) async fn again(&mut self, run: &Run, link: &mut Link, failure: Failure) -> Result<Fault, RunError> {
        let table = run.table();
        let (fault, what) = match failure {
            Failure::Final(error) => {
                link.clear(Fault::Again).await;
                return Err(error);
            }
            Failure::Connect(error @ ConnectError::Connect(_)) => (Fault::Lost, error.to_string()),
            Failure::Connect(error) => return Err(error.into()),
            Failure::Database(error) => {
                let fault = Fault::of(&error);
                link.clear(fault).await;
                if matches!(fault, Fault::Fatal | Fault::Row | Fault::Unique) {
                    return Err(RunError::database(table, self.doing, &error));
                }
                (fault, told(&error))
            }
        };
        self.pause(run, what).await?;
        Ok(fault)
    }

    /// Waits before the next try of what failed without the database.
    pub(super) async fn pause(&mut self, run: &Run, what: String) -> Result<(), RunError> {
        run.go_on()?;
        let after = run.now().saturating_sub(self.since);
        if after > run.options.patience {
            return Err(RunError::Patience { table: run.table(), doing: self.doing, after, what });
        }
        let most = FIRST.saturating_mul(1 << self.count.min(10)).min(LONGEST);
        let wait = most / 2 + run.jitter.up_to(most / 2);
        self.count += 1;
        let after_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        run.tell(&RunEvent::Retry { doing: self.doing, code: what, after_ms });
        tokio::time::sleep(wait).await;
        Ok(())
    }
}

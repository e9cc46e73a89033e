//! Databases of rows, over the connections that an operator lends.

use std::time::Duration;

use diesel::QueryResult;
use diesel::connection::{LoadConnection, TransactionManager};

use crate::keys::BoxFuture;
#[cfg(feature = "async")]
use crate::schema::SingleBackend;
use crate::schema::{Backend, Fact, SchemaBackend};

/// The databases that hold a service's rows, to be looked through before a key is destroyed.
///
/// Name every one that holds rows of the registered models: the shards of a sharded service, by [`and`](Self::and).
/// Replicas need not be named.
pub struct Rows<'c> {
    pub(super) databases: Vec<Box<dyn Asks + 'c>>,
    pub(super) patience: Duration,
}

impl<'c> Rows<'c> {
    /// The database behind a connection. Calls hold up their thread while it answers.
    pub fn over<C>(conn: &'c mut C) -> Self
    where
        C: LoadConnection<Backend: SchemaBackend> + Send,
    {
        Self { databases: vec![Box::new(Lent(conn))], patience: PATIENCE }
    }

    /// The database behind a diesel-async connection.
    #[cfg(feature = "async")]
    pub fn over_async<C>(conn: &'c mut C) -> Self
    where
        C: diesel_async::AsyncConnection<Backend: SingleBackend>,
    {
        Self { databases: vec![Box::new(LentAsync(conn))], patience: PATIENCE }
    }

    /// These databases and those.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.databases.extend(others.databases);
        self
    }

    /// How long running transactions are waited for, in each database. Default one minute.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }
}

impl std::fmt::Debug for Rows<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rows({})", self.databases.len())
    }
}

const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks at transactions that are waited for.
const PAUSE: Duration = Duration::from_millis(50);

/// A database that answers in facts.
pub(super) trait Asks: Send {
    /// None: one that fieldseal can't check.
    fn backend(&mut self) -> QueryResult<Option<Backend>>;

    fn ask(&mut self, query: String) -> BoxFuture<'_, QueryResult<Vec<Fact>>>;

    /// Whether the connection is in a transaction: what it writes is not committed.
    fn is_in_transaction(&mut self) -> bool;

    fn pause(&self) -> BoxFuture<'_, ()>;
}

struct Lent<'c, C>(&'c mut C);

impl<C: LoadConnection<Backend: SchemaBackend> + Send> Asks for Lent<'_, C> {
    fn backend(&mut self) -> QueryResult<Option<Backend>> {
        C::Backend::database(self.0)
    }

    fn ask(&mut self, query: String) -> BoxFuture<'_, QueryResult<Vec<Fact>>> {
        Box::pin(std::future::ready(C::Backend::load(self.0, query)))
    }

    fn is_in_transaction(&mut self) -> bool {
        let status = C::TransactionManager::transaction_manager_status_mut(self.0);
        status.transaction_depth().is_ok_and(|depth| depth.is_some())
    }

    fn pause(&self) -> BoxFuture<'_, ()> {
        std::thread::sleep(PAUSE);
        Box::pin(std::future::ready(()))
    }
}

#[cfg(feature = "async")]
struct LentAsync<'c, C>(&'c mut C);

#[cfg(feature = "async")]
impl<C: diesel_async::AsyncConnection<Backend: SingleBackend>> Asks for LentAsync<'_, C> {
    fn backend(&mut self) -> QueryResult<Option<Backend>> {
        Ok(Some(C::Backend::BACKEND))
    }

    fn ask(&mut self, query: String) -> BoxFuture<'_, QueryResult<Vec<Fact>>> {
        Box::pin(C::Backend::load_async(self.0, query))
    }

    fn is_in_transaction(&mut self) -> bool {
        use diesel_async::TransactionManager as _;
        let status = C::TransactionManager::transaction_manager_status_mut(self.0);
        status.transaction_depth().is_ok_and(|depth| depth.is_some())
    }

    fn pause(&self) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(PAUSE))
    }
}

//! The key store in PostgreSQL.

#[cfg(all(feature = "postgres", feature = "async"))]
mod over_async;
#[cfg(feature = "libpq")]
mod over_libpq;

use super::sql::{Connect, SqlStore, Subscribe, Tables};
use super::{Decision, FirmRecord, FleetStore, KeyStore, StoreError, Vouched};
use crate::context::FirmId;
use crate::keys::provider::BoxFuture;

/// Keeps every firm's wrapped keys in PostgreSQL, in a schema of their own.
///
/// The store has one connection and one thread, whatever the service uses, and works with and without an async
/// runtime. It connects at the first call and again after a failure. Loads that arrive together are one query. A second
/// connection and thread listen for changes, once keys are in use.
///
/// ```no_run
/// # async fn example() -> Result<(), fieldseal::keys::StoreError> {
/// use fieldseal::keys::store::PgKeyStore;
///
/// let store = PgKeyStore::new("postgres://keys@db.internal/service").schema("keys")?;
/// store.migrate().await?;
/// # Ok(())
/// # }
/// ```
///
/// A server that stops answering is noticed by the timeouts in the URL only: set `connect_timeout` and
/// `tcp_user_timeout`.
///
/// # Poolers
/// Every call is one transaction and leaves nothing in the server session. Over libpq it works through any pooler in
/// transaction mode. The async driver names its prepared statements: such a pooler must keep track of them (pgbouncer
/// from 1.21 on with `max_prepared_statements`), or the URL leads past it. `LISTEN` does not work through it: set
/// [`FleetSettings::push`](crate::FleetSettings::push) to `false`, and the store is polled for changes.
///
/// # Security
/// Losing these rows loses every cell sealed under them: back them up. Who can write them can destroy keys, but neither
/// read nor exchange one unnoticed.
pub struct PgKeyStore(SqlStore);

impl PgKeyStore {
    /// A store at this URL, in the schema `fieldseal`; the async driver without TLS, or libpq in a build without
    /// feature `async`.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        #[cfg(all(feature = "postgres", feature = "async"))]
        let (connect, subscribe) = over_async::at(url.into());
        #[cfg(not(all(feature = "postgres", feature = "async")))]
        let (connect, subscribe) = over_libpq::at(url.into());
        Self::over(connect, subscribe)
    }

    /// A store at this URL over libpq, also in a build with feature `async`: for libpq's TLS, `.pgpass` and service
    /// files, and for poolers that don't know prepared statements.
    #[cfg(feature = "libpq")]
    #[must_use]
    pub fn over_libpq(url: impl Into<String>) -> Self {
        let (connect, subscribe) = over_libpq::at(url.into());
        Self::over(connect, subscribe)
    }

    /// A store over the connections that `connect` makes, for TLS with the async driver and credentials that change.
    ///
    /// It is called on the store's threads, inside a tokio runtime of the store, once for each connection. Changes are
    /// pushed over connections that were made by `AsyncPgConnection::establish` or `try_from_client_and_connection`; others
    /// can't listen, and the store is polled.
    ///
    /// ```no_run
    /// # use diesel::ConnectionResult;
    /// # use diesel_async::{AsyncConnection, AsyncPgConnection};
    /// # async fn connect_with_tls() -> ConnectionResult<AsyncPgConnection> { AsyncPgConnection::establish("").await }
    /// let store = fieldseal::keys::store::PgKeyStore::connected_by(|| Box::pin(connect_with_tls()));
    /// ```
    #[cfg(all(feature = "postgres", feature = "async"))]
    #[must_use]
    pub fn connected_by(
        connect: impl Fn() -> BoxFuture<'static, diesel::ConnectionResult<diesel_async::AsyncPgConnection>>
        + Send
        + Sync
        + 'static,
    ) -> Self {
        let (connect, subscribe) = over_async::by(connect);
        Self::over(connect, subscribe)
    }

    fn over(connect: Connect, subscribe: Subscribe) -> Self {
        let tables = Tables::in_schema("fieldseal").expect("the default name is a good one");
        Self(SqlStore::new(connect, Some(subscribe), tables))
    }

    /// Puts the tables into `schema` instead of `fieldseal`.
    ///
    /// # Errors
    /// [`StoreError::BadName`] for `public` and PostgreSQL's own schemas, and unless it is 1 to 40 of `a-z`, `0-9` and
    /// `_`, without a digit first.
    pub fn schema(self, schema: &str) -> Result<Self, StoreError> {
        Ok(Self(self.0.over(Tables::in_schema(schema)?)))
    }

    /// Creates the schema, unless it is there, and the tables, or brings them to this release. Done already: nothing
    /// happens.
    ///
    /// Several processes may call it at once. `migrations/postgres/` holds the same statements for the default schema,
    /// for services whose own role may not create tables.
    ///
    /// # Errors
    /// When the server can't be reached or refuses, or the tables are of a later release.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        self.0.migrate().await
    }

    /// [`migrate`](Self::migrate) for services without tokio: it waits in this thread.
    ///
    /// # Errors
    /// As there.
    pub fn migrate_blocking(&self) -> Result<(), StoreError> {
        pollster::block_on(self.migrate())
    }
}

impl KeyStore for PgKeyStore {
    fn load<'a>(&'a self, firms: &'a [FirmId]) -> BoxFuture<'a, Result<Vec<Option<FirmRecord>>, StoreError>> {
        Box::pin(self.0.load(firms))
    }

    fn replace<'a>(&'a self, expected: Option<u64>, record: &'a FirmRecord) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(self.0.replace(None, expected, record))
    }

    fn replace_under<'a>(
        &'a self,
        platform: u64,
        expected: Option<u64>,
        record: &'a FirmRecord,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(self.0.replace(Some(platform), expected, record))
    }

    fn replace_platform<'a>(
        &'a self,
        expected: u64,
        noted: Option<&'a [u8]>,
        record: &'a FirmRecord,
        firms: &'a [Vouched],
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(self.0.replace_platform(expected, noted, record, firms))
    }

    fn decide<'a>(&'a self, decision: &'a Decision) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(self.0.decide(decision))
    }

    fn firms<'a>(&'a self, after: Option<&'a FirmId>, limit: usize) -> BoxFuture<'a, Result<Vec<FirmId>, StoreError>> {
        Box::pin(self.0.firms(after, limit))
    }

    fn fleet(&self) -> &dyn FleetStore {
        &self.0
    }
}

//! The key store in SQLite.

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, QueryResult, SqliteConnection};

use super::sql::{Connect, Database, SqlStore, Tables, database, not_migrated};
use super::{Decision, FirmRecord, FleetStore, KeyStore, StoreError, Vouched};
use crate::context::FirmId;
use crate::keys::provider::BoxFuture;

/// Keeps every firm's wrapped keys in a SQLite file.
///
/// The file may be the service's own or one apart; the store has a connection and a thread of its own either way.
/// [`migrate`](Self::migrate) creates it, readable by its owner only, and puts it into WAL mode; every other call on a
/// file that is missing gives [`StoreError::NotMigrated`], so that a mistyped path makes no empty store.
///
/// ```no_run
/// # async fn example() -> Result<(), fieldseal::keys::StoreError> {
/// use fieldseal::keys::store::SqliteKeyStore;
///
/// let store = SqliteKeyStore::open("service.db")?.prefix("keys_")?;
/// store.migrate().await?;
/// # Ok(())
/// # }
/// ```
///
/// `diesel print-schema` lists every table of a SQLite file. In a shared file, keep the store's tables out in
/// `diesel.toml`:
///
/// ```toml
/// [print_schema]
/// filter = { except_tables = ["^fieldseal_"] }
/// ```
///
/// # Security
/// Losing these rows loses every cell sealed under them: back them up. Deleted keys are overwritten in the file
/// (`secure_delete`), but stay in the WAL until its next checkpoint, and in backups.
pub struct SqliteKeyStore(SqlStore);

impl SqliteKeyStore {
    /// A store in this file, which is opened by the first call.
    ///
    /// # Errors
    /// [`StoreError::BadName`] when the path is `:memory:`, a `file:` URI, or not UTF-8.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = checked(path.as_ref())?;
        let connect: Connect = Arc::new(move |create| connect(&path, create));
        Ok(Self(SqlStore::new(connect, None, Tables::with_prefix("fieldseal_")?)))
    }

    /// Begins the tables' names with `prefix` instead of `fieldseal_`.
    ///
    /// # Errors
    /// [`StoreError::BadName`] unless it is 1 to 40 of `a-z`, `0-9` and `_`, without a digit first.
    pub fn prefix(self, prefix: &str) -> Result<Self, StoreError> {
        Ok(Self(self.0.over(Tables::with_prefix(prefix)?)))
    }

    /// Creates the file and the tables, or brings them to this release. Done already: nothing happens.
    ///
    /// Several processes may call it at once.
    ///
    /// # Errors
    /// When the file can't be opened or written, or is of a later release.
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

impl KeyStore for SqliteKeyStore {
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

database!(SqliteConnection);

/// The absolute path, so that SQLite takes no part of it for a URI and a change of directory does not matter.
fn checked(path: &Path) -> Result<PathBuf, StoreError> {
    let bad = |reason| StoreError::BadName { name: path.display().to_string(), reason };
    let text = path.to_str().ok_or_else(|| bad("the path is not UTF-8"))?;
    if text.is_empty() || text == ":memory:" {
        return Err(bad("keys in memory are for `MemoryKeyStore`; a path is wanted here"));
    }
    if text.starts_with("file:") || text.starts_with("sqlite:") {
        return Err(bad("a path is wanted, not a URI"));
    }
    std::path::absolute(path).map_err(|_| bad("the current directory has no path"))
}

fn connect(path: &Path, create: bool) -> Result<Box<dyn Database>, StoreError> {
    let unavailable = |message: String| StoreError::Unavailable { message };
    if create {
        create_private(path).map_err(|error| unavailable(format!("no file can be made: {error}")))?;
    } else if !path.try_exists().map_err(|error| unavailable(error.to_string()))? {
        return Err(not_migrated(0));
    }
    let path = path.to_str().expect("`checked` has seen that it is UTF-8");
    let mut connection = SqliteConnection::establish(path).map_err(|error| unavailable(error.to_string()))?;
    connection.batch_execute(SETTINGS).map_err(|error| unavailable(error.to_string()))?;
    if create {
        use_wal(&mut connection).map_err(|error| unavailable(error.to_string()))?;
    }
    Ok(Box::new(connection))
}

/// The mode stays with the file. SQLite does not wait for others when it changes the mode, so this does.
fn use_wal(connection: &mut SqliteConnection) -> QueryResult<()> {
    let mut tries = BUSY_TIMEOUT.as_millis() / PAUSE.as_millis();
    loop {
        match connection.batch_execute("PRAGMA journal_mode = WAL") {
            Err(_) if tries > 0 => tries -= 1,
            done => return done,
        }
        std::thread::sleep(PAUSE);
    }
}

/// SQLite would create the file readable by all; its WAL takes the file's mode.
fn create_private(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        opened => opened.map(drop),
    }
}

/// `FULL`: an acknowledged key survives a power cut, which WAL's usual `NORMAL` does not promise.
const SETTINGS: &str = "
    PRAGMA busy_timeout = 5000;
    PRAGMA synchronous = FULL;
    PRAGMA secure_delete = ON;
";

/// As long as the `busy_timeout`.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Between two tries.
const PAUSE: Duration = Duration::from_millis(10);

//! The database file, the key file, and the vault over both.

use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use fieldseal::keys::store::SqliteKeyStore;
use fieldseal::schema::{self, Backend};
use fieldseal::{BlockingVault, LocalKeys, Vault};

use super::Failure;
use super::model::{Client, clients};

/// A directory with the quickstart's two files.
pub struct Files {
    directory: PathBuf,
}

impl Files {
    pub fn in_directory(directory: &Path) -> Result<Self, Failure> {
        std::fs::create_dir_all(directory).map_err(|error| format!("{}: {error}", directory.display()))?;
        Ok(Self { directory: directory.to_owned() })
    }

    pub fn database(&self) -> PathBuf {
        self.directory.join("fieldseal.db")
    }

    pub fn key(&self) -> PathBuf {
        self.directory.join("fieldseal.key")
    }

    /// All bytes of the database: SQLite keeps the latest writes in a file of their own.
    pub fn read(&self) -> Result<Vec<u8>, Failure> {
        let mut bytes = std::fs::read(self.database())?;
        let log = self.directory.join("fieldseal.db-wal");
        if log.exists() {
            bytes.extend(std::fs::read(log)?);
        }
        Ok(bytes)
    }

    /// The vault: local keys, and a key store in the database file, beside the service's own tables.
    pub fn vault(&self) -> Result<Vault, Failure> {
        // A new key opens nothing that lies there already.
        let keys = match self.database().try_exists()? {
            true => LocalKeys::open(self.key())?,
            false => LocalKeys::open_or_create(self.key())?,
        };
        let store = SqliteKeyStore::open(self.database())?;
        store.migrate_blocking()?;
        Ok(Vault::builder().provider(keys).store(store).build()?)
    }

    /// The service's own connection, its table made if it is not there.
    pub fn connect(&self) -> Result<SqliteConnection, Failure> {
        let path = self.database();
        let mut conn = SqliteConnection::establish(path.to_str().ok_or("the directory's path is not UTF-8")?)?;
        conn.batch_execute("PRAGMA busy_timeout = 5000")?;
        if !has_table(&mut conn)? {
            conn.transaction(|conn| conn.batch_execute(&format!("{PLAIN_COLUMNS}{}", sealed_columns())))?;
        }
        Ok(conn)
    }
}

/// The table without its sealed columns.
const PLAIN_COLUMNS: &str = "
CREATE TABLE clients (
    id INTEGER NOT NULL PRIMARY KEY,
    firm_id TEXT NOT NULL,
    language TEXT NOT NULL
);
";

/// Columns, checks, indexes and guard, as the model asks for them. A service prints this once, into a migration.
pub fn sealed_columns() -> String {
    schema::migration::<Client>(Backend::Sqlite).up
}

fn has_table(conn: &mut SqliteConnection) -> QueryResult<bool> {
    let query = "SELECT count(*) AS rows FROM sqlite_master WHERE type = 'table' AND name = 'clients'";
    Ok(diesel::sql_query(query).get_result::<Count>(conn)?.rows > 0)
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    rows: i64,
}

/// How many clients the database holds.
pub fn count(conn: &mut SqliteConnection) -> QueryResult<i64> {
    clients::table.count().get_result(conn)
}

/// Makes the platform's keys and each firm's, unless they are there.
pub fn create_firms(vault: &BlockingVault, firms: &[&str]) -> Result<Vec<fieldseal::Creation>, Failure> {
    let platform = vault.initialize()?;
    let firms = firms.iter().map(|firm| vault.create_firm(*firm));
    Ok(std::iter::once(Ok(platform)).chain(firms).collect::<Result<_, _>>()?)
}

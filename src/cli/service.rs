//! What commands work on: a vault, its models, and the databases that hold rows.

use std::path::Path;

use diesel::{Connection, SqliteConnection};
use diesel_async::{AsyncConnection, AsyncPgConnection};

use super::config::{Config, Place};
use super::failure::Failure;
use crate::admin::{KeyAdmin, Rows};
use crate::model::ModelSchema;
use crate::session::Vault;

/// A vault, and what belongs to it.
pub(super) struct Service {
    pub(super) vault: Vault,
    pub(super) models: Vec<&'static ModelSchema>,
    config: Option<Config>,
}

/// Connections to the databases with rows.
pub(super) enum Database {
    Postgres(Box<AsyncPgConnection>),
    Sqlite(Box<SqliteConnection>),
}

impl Service {
    /// Of a service's own binary.
    pub(super) fn of(vault: Vault, models: Vec<&'static ModelSchema>) -> Self {
        Self { vault, models, config: None }
    }

    pub(super) fn from_file(path: &Path) -> Result<Self, Failure> {
        let config = Config::read(path)?;
        let store = config.store()?.into_shared();
        let vault = Vault::builder().provider(config.provider()?).shared_store(store).build()?;
        let models = config.tables.iter().map(super::describe::TableConfig::model).collect::<Result<Vec<_>, _>>()?;
        vault.register_schemas(&models)?;
        Ok(Self { vault, models, config: Some(config) })
    }

    /// Makes the key store's tables; in a service's own binary that is the service's to do.
    pub(super) async fn migrate_store(&self) -> Result<(), Failure> {
        match &self.config {
            Some(config) => Ok(config.store()?.migrate().await?),
            None => Ok(()),
        }
    }

    pub(super) fn admin(&self, dry_run: bool) -> KeyAdmin {
        let admin = self.vault.admin();
        if dry_run { admin.dry_run() } else { admin }
    }

    /// Connects to every database that the configuration names.
    pub(super) async fn databases(&self) -> Result<Vec<(String, Database)>, Failure> {
        let Some(config) = &self.config else { return Ok(Vec::new()) };
        let mut databases = Vec::new();
        for (name, database) in &config.databases {
            databases.push((name.clone(), Database::at(name, &database.place(name)?).await?));
        }
        Ok(databases)
    }
}

impl Database {
    async fn at(name: &str, place: &Place<'_>) -> Result<Self, Failure> {
        // What the drivers say may quote the URL.
        let failed = || Failure::failed("config.database", format!("the database `{name}` can't be connected to"));
        match place {
            Place::Postgres(url) => {
                let connection = AsyncPgConnection::establish(url).await.map_err(|_| failed())?;
                Ok(Self::Postgres(Box::new(connection)))
            }
            Place::Sqlite(path) => {
                let connection = SqliteConnection::establish(path).map_err(|_| failed())?;
                Ok(Self::Sqlite(Box::new(connection)))
            }
        }
    }

    pub(super) fn rows(&mut self) -> Rows<'_> {
        match self {
            Self::Postgres(connection) => Rows::over_async(&mut **connection),
            Self::Sqlite(connection) => Rows::over(&mut **connection),
        }
    }
}

/// All of them, for calls that have to look through every row.
pub(super) fn rows(databases: &mut [(String, Database)]) -> Result<Rows<'_>, Failure> {
    let rows = databases.iter_mut().map(|(_, database)| database.rows()).reduce(Rows::and);
    rows.ok_or_else(|| {
        Failure::refused(
            "cli.no_databases",
            "rows have to be looked through: name every database that holds some by [databases.<name>]",
        )
    })
}

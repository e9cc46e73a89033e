//! What commands work on: a vault, its models, and the databases that hold rows.

use std::collections::BTreeMap;
use std::path::Path;

use diesel::{Connection, SqliteConnection};
use diesel_async::{AsyncConnection, AsyncPgConnection};

use super::config::{Config, Place};
use super::failure::Failure;
use crate::admin::{KeyAdmin, Rows};
use crate::migrate::{Postgres, Subject};
use crate::model::ModelSchema;
use crate::session::Vault;

/// A vault, and what belongs to it.
pub(super) struct Service {
    pub(super) vault: Vault,
    pub(super) models: Vec<&'static ModelSchema>,
    /// Of models whose code is here.
    subjects: Vec<Subject>,
    databases: Databases,
    config: Option<Config>,
}

/// Databases with rows, by name.
pub(super) type Databases = BTreeMap<String, Place>;

/// Connections to the databases with rows.
pub(super) enum Database {
    Postgres(Box<AsyncPgConnection>),
    Sqlite(Box<SqliteConnection>),
}

impl Service {
    /// Of a service's own binary.
    pub(super) fn of(
        vault: Vault,
        models: Vec<&'static ModelSchema>,
        subjects: Vec<Subject>,
        databases: Databases,
    ) -> Self {
        Self { vault, models, subjects, databases, config: None }
    }

    pub(super) fn from_file(path: &Path) -> Result<Self, Failure> {
        let config = Config::read(path)?;
        let store = config.store()?.into_shared();
        let vault = Vault::builder().provider(config.provider()?).shared_store(store).build()?;
        let models = config.tables.iter().map(super::describe::TableConfig::model).collect::<Result<Vec<_>, _>>()?;
        vault.oversee(&models)?;
        let places = config.databases.iter().map(|(name, database)| Ok((name.clone(), database.place(name)?)));
        let databases = places.collect::<Result<_, Failure>>()?;
        Ok(Self { vault, models, subjects: Vec::new(), databases, config: Some(config) })
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

    /// Connects to every database with rows.
    pub(super) async fn databases(&self) -> Result<Vec<(String, Database)>, Failure> {
        let mut databases = Vec::new();
        for (name, place) in &self.databases {
            databases.push((name.clone(), Database::at(name, place).await?));
        }
        Ok(databases)
    }

    /// What a job on the table works on: by the service's code where it is here, else by the description.
    pub(super) fn subject(&self, table: &str) -> Result<Subject, Failure> {
        // Of several models of one table the one that seals most of it.
        let own = self.subjects.iter().filter(|subject| subject.table() == table);
        if let Some(own) = own.max_by_key(|subject| subject.model().columns.len()) {
            return Ok(own.clone());
        }
        let models = self.models.iter().filter(|model| model.table == table);
        let model = models.max_by_key(|model| model.columns.len()).ok_or_else(|| self.unknown(table))?;
        Ok(Subject::described(model)?)
    }

    fn unknown(&self, table: &str) -> Failure {
        let known: Vec<&str> = self.models.iter().map(|model| model.table).collect();
        let known = if known.is_empty() { "none is".to_owned() } else { format!("known: {}", known.join(", ")) };
        Failure::failed(
            "cli.no_table",
            format!(
                "no model of a table `{table}` is known ({known}): describe it by [[table]], as `schema export` prints it"
            ),
        )
    }

    /// The PostgreSQL database that is meant, or the only one.
    pub(super) fn postgres(&self, named: Option<&str>) -> Result<Postgres, Failure> {
        let all: Vec<(&String, &Place)> =
            self.databases.iter().filter(|(name, _)| named.is_none_or(|named| named == name.as_str())).collect();
        match all.as_slice() {
            [(_, Place::Postgres(url))] => Ok(Postgres::new(url.clone())),
            [(name, Place::Sqlite(_))] => {
                Err(Failure::refused("cli.sqlite", format!("`{name}` is SQLite: migrations run on PostgreSQL")))
            }
            [] => Err(Failure::failed("cli.no_database", "no such database: name it by [databases.<name>]")),
            _ => Err(Failure::failed("cli.which_database", "there are several databases: say which by --database")),
        }
    }
}

impl Database {
    async fn at(name: &str, place: &Place) -> Result<Self, Failure> {
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

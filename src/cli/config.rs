//! `fieldseal.toml`.

mod provider;
mod text;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::describe::TableConfig;
use super::failure::Failure;
use crate::keys::KeyStore;
use crate::keys::store::{PgKeyStore, SqliteKeyStore};
use provider::ProviderConfig;
use text::Text;

/// All that the file says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    store: StoreConfig,
    provider: ProviderConfig,
    #[serde(default)]
    pub(super) databases: BTreeMap<String, DatabaseConfig>,
    #[serde(default, rename = "table")]
    pub(super) tables: Vec<TableConfig>,
}

/// Where wrapped keys lie.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoreConfig {
    postgres: Option<Text>,
    sqlite: Option<Text>,
    /// PostgreSQL's schema.
    schema: Option<String>,
    /// SQLite's prefix.
    prefix: Option<String>,
}

/// A database with rows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DatabaseConfig {
    postgres: Option<Text>,
    sqlite: Option<Text>,
}

/// Where a database is. A URL may hold a password.
#[derive(Clone)]
pub(super) enum Place {
    Postgres(String),
    Sqlite(String),
}

impl Config {
    /// Reads the file. What is wrong with it is said by line, and no value is quoted.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::failed("config.read", format!("{}: {error}; `fieldseal init` writes one", path.display()))
        })?;
        toml::from_str(&text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start].lines().count().max(1));
            Failure::failed("config.wrong", format!("{}, line {line}: {}", path.display(), error.message()))
        })
    }

    /// The key store.
    pub(super) fn store(&self) -> Result<Box<dyn Migrates>, Failure> {
        let StoreConfig { postgres, sqlite, schema, prefix } = &self.store;
        match (postgres, sqlite) {
            (Some(url), None) => {
                let store = PgKeyStore::new(url.get()?);
                Ok(Box::new(match schema {
                    Some(schema) => store.schema(schema)?,
                    None => store,
                }))
            }
            (None, Some(path)) => {
                let store = SqliteKeyStore::open(path.get()?)?;
                Ok(Box::new(match prefix {
                    Some(prefix) => store.prefix(prefix)?,
                    None => store,
                }))
            }
            _ => Err(Failure::failed("config.store", "[store] names either `postgres` or `sqlite`")),
        }
    }

    pub(super) fn provider(&self) -> Result<crate::keys::Providers, Failure> {
        self.provider.build()
    }
}

impl DatabaseConfig {
    pub(super) fn place(&self, name: &str) -> Result<Place, Failure> {
        match (&self.postgres, &self.sqlite) {
            (Some(url), None) => Ok(Place::Postgres(url.get()?.to_owned())),
            (None, Some(path)) => Ok(Place::Sqlite(path.get()?.to_owned())),
            _ => Err(Failure::failed(
                "config.database",
                format!("[databases.{name}] names either `postgres` or `sqlite`"),
            )),
        }
    }
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Postgres(_) => "Postgres",
            Self::Sqlite(_) => "Sqlite",
        })
    }
}

/// A key store whose tables can be made.
pub(super) trait Migrates: KeyStore {
    fn migrate(&self) -> crate::keys::BoxFuture<'_, Result<(), crate::keys::store::StoreError>>;

    fn into_shared(self: Box<Self>) -> std::sync::Arc<dyn KeyStore>;
}

macro_rules! migrates {
    ($($store:ty),*) => {$(
        impl Migrates for $store {
            fn migrate(&self) -> crate::keys::BoxFuture<'_, Result<(), crate::keys::store::StoreError>> {
                Box::pin(<$store>::migrate(self))
            }

            fn into_shared(self: Box<Self>) -> std::sync::Arc<dyn KeyStore> {
                std::sync::Arc::new(*self)
            }
        }
    )*};
}

migrates!(PgKeyStore, SqliteKeyStore);

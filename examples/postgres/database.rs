//! Two schemas that this example owns: its tables, and the key store's.

use std::path::Path;

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use fieldseal::keys::store::PgKeyStore;
use fieldseal::schema::{self, Backend};
use fieldseal::{LocalKeys, Vault};

use super::Failure;
use super::model::Client;

/// The tables' schema. `model.rs` names it too.
pub const TABLES: &str = "fieldseal_example";
/// The key store's. A service leaves out `.schema(…)`, and has it in `fieldseal`.
pub const KEYS: &str = "fieldseal_example_keys";

/// Connects, and makes both schemas anew.
pub async fn connect(url: &str) -> Result<AsyncPgConnection, Failure> {
    let connection = AsyncPgConnection::establish(url).await;
    let mut conn = connection.map_err(|error| format!("the server of DATABASE_URL can't be reached: {error}"))?;
    conn.batch_execute(&format!(
        "SET client_min_messages = warning;
         DROP SCHEMA IF EXISTS {TABLES} CASCADE;
         DROP SCHEMA IF EXISTS {KEYS} CASCADE;
         CREATE SCHEMA {TABLES};
         SET search_path = {TABLES};
         {PLAIN_COLUMNS}"
    ))
    .await?;
    conn.batch_execute(&schema::migration::<Client>(Backend::Postgres).up).await?;
    Ok(conn)
}

/// A vault whose KEK is a file of `directory`, and whose key store is in the database.
pub async fn vault(url: &str, directory: &Path) -> Result<Vault, Failure> {
    let keys = LocalKeys::create(directory.join("fieldseal.key"))?;
    let store = PgKeyStore::new(url).schema(KEYS)?;
    store.migrate().await?;
    Ok(Vault::builder().provider(keys).store(store).build()?)
}

/// The tables without their sealed columns.
const PLAIN_COLUMNS: &str = "
CREATE TABLE firms (
    id uuid PRIMARY KEY,
    name text NOT NULL
);
CREATE TABLE clients (
    id uuid PRIMARY KEY,
    firm_id uuid NOT NULL REFERENCES firms,
    language text NOT NULL
);
";

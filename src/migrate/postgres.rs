//! Connections to the PostgreSQL database that holds a table.

use std::sync::Arc;

use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::keys::BoxFuture;

/// A PostgreSQL database, and how it is connected to. Every worker has connections of its own.
#[derive(Clone)]
pub struct Postgres(Arc<dyn Fn() -> BoxFuture<'static, Result<Client, ConnectError>> + Send + Sync>);

/// A database that could not be connected to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The URL says nothing that could be connected to.
    #[error("the database's URL can't be used")]
    Url,
    /// TLS can't be set up.
    #[error("TLS can't be set up: {what}")]
    Tls {
        /// What is missing.
        what: &'static str,
    },
    /// The server was not reached or refused.
    #[error("the database can't be connected to")]
    Connect(#[source] tokio_postgres::Error),
}

impl Postgres {
    /// The database at this URL. TLS as its `sslmode` says, with the machine's certificate authorities; `disable` and
    /// `prefer` go without.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        let url = url.into();
        Self::connected_by(move || {
            let url = url.clone();
            Box::pin(async move { connect(&url).await })
        })
    }

    /// The database that `connect` connects to, for TLS of the service's choice and credentials that change. The future of
    /// the connection has to be driven by a task.
    #[must_use]
    pub fn connected_by(
        connect: impl Fn() -> BoxFuture<'static, Result<Client, ConnectError>> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(connect))
    }

    /// A connection, set up so that values read as text are exact, and statements don't wait for locks for long.
    pub(super) async fn connect(&self) -> Result<Client, ConnectError> {
        let client = (self.0)().await?;
        client.batch_execute(SETTINGS).await.map_err(ConnectError::Connect)?;
        Ok(client)
    }
}

/// One text for each value, whatever the role's settings are.
const SETTINGS: &str = "\
SET datestyle = 'ISO, YMD'; SET intervalstyle = 'iso_8601'; SET timezone = 'UTC'; SET extra_float_digits = 1; \
SET bytea_output = 'hex'; SET standard_conforming_strings = on; SET lock_timeout = '500ms'; \
SET application_name = 'fieldseal-migrate'";

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Postgres")
    }
}

async fn connect(url: &str) -> Result<Client, ConnectError> {
    let config: Config = url.parse().map_err(|_| ConnectError::Url)?;
    match config.get_ssl_mode() {
        SslMode::Disable | SslMode::Prefer => {
            let (client, connection) = config.connect(tokio_postgres::NoTls).await.map_err(ConnectError::Connect)?;
            tokio::spawn(connection);
            Ok(client)
        }
        _ => {
            let (client, connection) =
                config.connect(MakeRustlsConnect::new(tls()?)).await.map_err(ConnectError::Connect)?;
            tokio::spawn(connection);
            Ok(client)
        }
    }
}

fn tls() -> Result<ClientConfig, ConnectError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(ConnectError::Tls { what: "the machine has no certificate authorities" });
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| ConnectError::Tls { what: "no protocol version" })?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

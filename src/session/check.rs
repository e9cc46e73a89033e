//! Registered models against the live database.

use diesel::connection::LoadConnection;

use super::Vault;
#[cfg(feature = "async")]
use crate::schema::SingleBackend;
use crate::schema::{SchemaBackend, SchemaError, Survey};

impl Vault {
    /// Compares the [registered](Self::register) models with the database: columns, their types and CHECKs, indexes, the
    /// guard. Reads catalogs only. Run it when the service starts.
    ///
    /// For a diesel-async connection use `check_schema_async`.
    ///
    /// # Errors
    /// [`SchemaError::Differs`] with everything that differs; [`SchemaError::Query`] when the database can't be asked;
    /// [`SchemaError::Unsupported`] when a connection of several backends is to a database that can't be checked.
    pub fn check_schema<C>(&self, conn: &mut C) -> Result<(), SchemaError>
    where
        C: LoadConnection<Backend: SchemaBackend>,
    {
        let backend = C::Backend::database(conn)?.ok_or(SchemaError::Unsupported)?;
        let mut survey = Survey::new(&self.models(), backend)?;
        while let Some(query) = survey.query() {
            survey.answer(C::Backend::load(conn, query)?);
        }
        survey.finish()
    }

    /// [`check_schema`](Self::check_schema) over a diesel-async connection.
    ///
    /// # Errors
    /// As [`check_schema`](Self::check_schema).
    #[cfg(feature = "async")]
    pub async fn check_schema_async<C>(&self, conn: &mut C) -> Result<(), SchemaError>
    where
        C: diesel_async::AsyncConnectionCore<Backend: SingleBackend>,
    {
        let mut survey = Survey::new(&self.models(), C::Backend::BACKEND)?;
        while let Some(query) = survey.query() {
            survey.answer(C::Backend::load_async(conn, query).await?);
        }
        survey.finish()
    }
}

//! One transaction on a connection, and what its failure means.

use diesel::result::{DatabaseErrorKind, Error};

use super::database::Database;
use super::migrate;
use super::tables::{Dialect, Tables};
use crate::keys::store::StoreError;

/// A transaction on the tables of this release, and no others.
///
/// Every request is a transaction, also a read: it sees one state, and a pooler keeps it on one connection.
pub(super) fn on_tables<T>(
    db: &mut dyn Database,
    tables: &Tables,
    begin: &str,
    work: impl FnOnce(&mut dyn Database) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let done = transaction(db, tables, begin, |db| {
        migrate::check(db, tables)?;
        work(db)
    });
    // The drivers have no code for a missing table, and asking first would cost every request.
    done.map_err(|error| match error {
        StoreError::Database(_) if matches!(migrate::exist(db, tables), Ok(false)) => migrate::not_migrated(0),
        error => error,
    })
}

/// Runs `work` between `begin` and `COMMIT`. Any error rolls back.
pub(super) fn transaction<T>(
    db: &mut dyn Database,
    tables: &Tables,
    begin: &str,
    work: impl FnOnce(&mut dyn Database) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let done = db
        .batch(begin)
        .map_err(failed)
        .and_then(|()| work(db))
        .and_then(|value| db.batch("COMMIT").map(|()| value).map_err(failed));
    done.map_err(|error| {
        let rolled_back = db.batch("ROLLBACK").is_ok();
        match error {
            // Only a lost connection refuses this. SQLite does too when it has ended the transaction by itself.
            StoreError::Database(cause) if !rolled_back && tables.dialect() == Dialect::Postgres => {
                StoreError::Unavailable { message: cause.to_string() }
            }
            error => error,
        }
    })
}

/// A driver's error from an open connection, whose text knows no URL.
pub(in crate::keys::store) fn failed(error: Error) -> StoreError {
    let lost = match &error {
        Error::DatabaseError(kind, information) => match kind {
            DatabaseErrorKind::ClosedConnection
            | DatabaseErrorKind::UnableToSendCommand
            | DatabaseErrorKind::SerializationFailure => true,
            // SQLite's only sign that another process kept the file longer than the busy timeout.
            DatabaseErrorKind::Unknown => information.message() == "database is locked",
            _ => false,
        },
        _ => false,
    };
    if lost { StoreError::Unavailable { message: error.to_string() } } else { StoreError::Database(error.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(kind: DatabaseErrorKind, message: &str) -> StoreError {
        failed(Error::DatabaseError(kind, Box::new(message.to_owned())))
    }

    #[test]
    fn only_what_may_pass_by_itself_is_retryable() {
        assert!(error(DatabaseErrorKind::ClosedConnection, "gone").is_retryable());
        assert!(error(DatabaseErrorKind::SerializationFailure, "again").is_retryable());
        assert!(error(DatabaseErrorKind::Unknown, "database is locked").is_retryable());
        assert!(!error(DatabaseErrorKind::Unknown, "syntax error").is_retryable());
        assert!(!error(DatabaseErrorKind::UniqueViolation, "twice").is_retryable());
        assert!(!failed(Error::NotFound).is_retryable());
    }
}

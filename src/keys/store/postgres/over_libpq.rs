//! Connections over libpq.

use std::sync::Arc;

use diesel::connection::{CacheSize, Connection};
use diesel::{ConnectionError, PgConnection};

use crate::keys::store::StoreError;
use crate::keys::store::sql::{Connect, Database, database};

pub(super) fn at(url: String) -> Connect {
    Arc::new(move |_| {
        let mut connection = PgConnection::establish(&url).map_err(|error| not_connected(&error))?;
        connection.set_prepared_statement_cache_size(CacheSize::Disabled);
        Ok(Box::new(connection) as Box<dyn Database>)
    })
}

database!(PgConnection);

/// libpq quotes parts of a URL that it can't read, and a host that may be the end of a password with an `@`. Only what
/// a reached server or its socket said is passed on.
fn not_connected(error: &ConnectionError) -> StoreError {
    let said = match error {
        ConnectionError::BadConnection(text) => reason(text),
        _ => None,
    };
    let message = said.unwrap_or("no server by that URL").to_owned();
    StoreError::Unavailable { message }
}

fn reason(text: &str) -> Option<&str> {
    let line = text.lines().next()?;
    let (_, reason) = line.strip_prefix("connection to server ")?.split_once(" failed: ")?;
    Some(reason.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(url: &str) -> String {
        let Err(StoreError::Unavailable { message }) = at(url.to_owned())(false) else { panic!("{url}") };
        message
    }

    #[test]
    fn a_refused_connection_says_so() {
        // A socket, since without a network a port is not even refused.
        assert_eq!(message("postgres://u:hunter2@%2Fnowhere/d"), "No such file or directory");
    }

    #[test]
    fn a_url_that_libpq_quotes_stays_unsaid() {
        for url in ["postgres://u:%zz@127.0.0.1/d", "postgres://u:hun/ter2@127.0.0.1/d", "hunter2", "port=hunter2"] {
            assert_eq!(message(url), "no server by that URL");
        }
    }
}

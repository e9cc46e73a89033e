//! Connections over libpq.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use diesel::connection::{CacheSize, Connection, SimpleConnection};
use diesel::{ConnectionError, PgConnection};

use crate::keys::store::StoreError;
use crate::keys::store::sql::{Connect, Database, Subscribe, Subscription, database, failed};

pub(super) fn at(url: String) -> (Connect, Subscribe) {
    let opened = url.clone();
    let open: Connect = Arc::new(move |_| Ok(Box::new(established(&opened)?) as Box<dyn Database>));
    let subscribe: Subscribe = Arc::new(move |channel| {
        let mut connection = established(&url)?;
        connection.batch_execute(&format!("LISTEN {channel}")).map_err(failed)?;
        Ok(Box::new(Listening(connection)) as Box<dyn Subscription>)
    });
    (open, subscribe)
}

fn established(url: &str) -> Result<PgConnection, StoreError> {
    let mut connection = PgConnection::establish(url).map_err(|error| not_connected(&error))?;
    connection.set_prepared_statement_cache_size(CacheSize::Disabled);
    Ok(connection)
}

struct Listening(PgConnection);

impl Subscription for Listening {
    /// Diesel does not give the socket away, so it is looked at now and then. Nothing is sent to the server.
    fn wait(&mut self, patience: Duration) -> Result<bool, StoreError> {
        let mut left = patience;
        loop {
            let mut told = false;
            for notification in self.0.notifications_iter() {
                notification.map_err(failed)?;
                told = true;
            }
            if told || left.is_zero() {
                return Ok(told);
            }
            let step = left.min(LOOK);
            thread::sleep(step);
            left -= step;
        }
    }
}

/// Between two looks at the socket.
const LOOK: Duration = Duration::from_millis(25);

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
        let Err(StoreError::Unavailable { message }) = at(url.to_owned()).0(false) else { panic!("{url}") };
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

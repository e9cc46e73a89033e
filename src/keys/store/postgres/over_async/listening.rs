//! `LISTEN` over diesel-async's driver.

use std::pin::pin;
use std::time::Duration;

use diesel::ConnectionResult;
use diesel::result::{DatabaseErrorKind, Error};
use diesel_async::async_connection_wrapper::BlockOn;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use futures_util::stream::StreamExt;

use super::{Own, established};
use crate::keys::provider::BoxFuture;
use crate::keys::store::StoreError;
use crate::keys::store::sql::{Subscription, failed};

struct Listening {
    connection: AsyncPgConnection,
    // Dropped last: the connection's task lives in it.
    runtime: Own,
}

/// A connection that listens, once it has heard itself.
pub(super) fn on(
    channel: &str,
    connect: &dyn Fn() -> BoxFuture<'static, ConnectionResult<AsyncPgConnection>>,
) -> Result<Box<dyn Subscription>, StoreError> {
    let (runtime, mut connection) = established(connect)?;
    runtime.block_on(connection.batch_execute(&format!("LISTEN {channel}"))).map_err(failed)?;
    let mut listening = Listening { connection, runtime };
    listening.hear_itself()?;
    Ok(Box::new(listening))
}

impl Listening {
    /// Connections that a user made of a client alone hear nothing.
    fn hear_itself(&mut self) -> Result<(), StoreError> {
        let (listen, unlisten) = (r#"LISTEN "fieldseal.echo""#, r#"UNLISTEN "fieldseal.echo""#);
        for statement in [listen, r#"NOTIFY "fieldseal.echo""#, unlisten] {
            self.runtime.block_on(self.connection.batch_execute(statement)).map_err(failed)?;
        }
        let deaf = || StoreError::Unavailable { message: "its connection hears no notifications".into() };
        if self.wait(HEARING)? { Ok(()) } else { Err(deaf()) }
    }
}

impl Subscription for Listening {
    fn wait(&mut self, patience: Duration) -> Result<bool, StoreError> {
        let Self { connection, runtime } = self;
        runtime.block_on(async {
            let mut notifications = pin!(connection.notifications_stream());
            match tokio::time::timeout(patience, notifications.next()).await {
                Err(_) => Ok(false),
                Ok(Some(Ok(_))) => Ok(true),
                Ok(Some(Err(error))) => Err(failed(error)),
                Ok(None) => Err(failed(closed())),
            }
        })
    }
}

fn closed() -> Error {
    Error::DatabaseError(DatabaseErrorKind::ClosedConnection, Box::new("the connection was closed".to_owned()))
}

const HEARING: Duration = Duration::from_secs(5);

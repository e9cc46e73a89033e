//! Connections over diesel-async's driver, on a tokio runtime of the store's own thread.

mod listening;

use std::cell::RefCell;
use std::future::Future;
use std::io;
use std::sync::{Arc, Weak};

use diesel::ConnectionResult;
use diesel::connection::CacheSize;
use diesel::result::{ConnectionError, Error};
use diesel_async::async_connection_wrapper::{AsyncConnectionWrapper, BlockOn};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use tokio::runtime::{Builder, Runtime};

use crate::keys::provider::BoxFuture;
use crate::keys::store::StoreError;
use crate::keys::store::sql::{Connect, Database, Subscribe, database};

type Wrapped = AsyncConnectionWrapper<AsyncPgConnection, Own>;

database!(Wrapped);

pub(super) fn at(url: String) -> (Connect, Subscribe) {
    by(move || {
        let url = url.clone();
        Box::pin(async move { AsyncPgConnection::establish(&url).await })
    })
}

pub(super) fn by(
    connect: impl Fn() -> BoxFuture<'static, ConnectionResult<AsyncPgConnection>> + Send + Sync + 'static,
) -> (Connect, Subscribe) {
    let connect = Arc::new(connect);
    let opened = connect.clone();
    let open: Connect = Arc::new(move |_| {
        let (_runtime, connection) = established(&*opened)?;
        Ok(Box::new(Wrapped::from(connection)) as Box<dyn Database>)
    });
    (open, Arc::new(move |channel| listening::on(channel, &*connect)))
}

fn established(
    connect: &dyn Fn() -> BoxFuture<'static, ConnectionResult<AsyncPgConnection>>,
) -> Result<(Own, AsyncPgConnection), StoreError> {
    let runtime = Own::start().map_err(|error| StoreError::Unavailable { message: error.to_string() })?;
    let mut connection = runtime.block_on(connect()).map_err(|error| not_connected(&error))?;
    connection.set_prepared_statement_cache_size(CacheSize::Disabled);
    Ok((runtime, connection))
}

/// The driver says "invalid connection string" and the like, and passes on what the server said; but a URL that is no
/// C string, or an error of the user's own, may quote more.
fn not_connected(error: &ConnectionError) -> StoreError {
    let message = match error {
        ConnectionError::CouldntSetupConfiguration(Error::DatabaseError(_, said)) => said.message().to_owned(),
        _ => "no server by that URL".to_owned(),
    };
    StoreError::Unavailable { message }
}

/// A connection's runtime. The wrapper asks for it by a function without arguments, so the thread keeps a way to it;
/// the connection alone keeps it alive, as a runtime must not be dropped with the thread's locals.
struct Own(Arc<Runtime>);

impl Own {
    /// With timers, which `connect_timeout` needs.
    fn start() -> io::Result<Self> {
        let runtime = Arc::new(Builder::new_current_thread().enable_all().build()?);
        CURRENT.set(Arc::downgrade(&runtime));
        Ok(Self(runtime))
    }
}

impl BlockOn for Own {
    fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.0.block_on(future)
    }

    fn get_runtime() -> Self {
        Self(CURRENT.with_borrow(Weak::upgrade).expect("`by` holds the runtime while it makes the connection"))
    }
}

thread_local! {
    static CURRENT: RefCell<Weak<Runtime>> = const { RefCell::new(Weak::new()) };
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
        assert_eq!(message("postgres://u:hunter2@127.0.0.1:1/d"), "error connecting to server");
    }

    #[test]
    fn a_url_that_is_none_stays_unsaid() {
        for url in ["postgres://u:%zz@127.0.0.1:1/d", "postgres://u:hun/ter2@127.0.0.1:1/d", "hunter2", "port=hunter2"]
        {
            let message = message(url);
            assert!(["invalid connection string", "error connecting to server"].contains(&&*message), "{message}");
        }
    }
}

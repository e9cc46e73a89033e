//! A PostgreSQL server for the tests of this process, and a database of its own for each test.
//!
//! The server is taken from `FIELDSEAL_TEST_DATABASE_URL`, else from Docker, else made from installed binaries.
//! `FIELDSEAL_TEST_POSTGRES=url|docker|binaries` leaves one way only, so that every way can be tested. A process that asks
//! for no server starts none.

mod binaries;
pub(crate) mod command;
pub(crate) mod database;
mod docker;
mod watchdog;
pub(crate) mod way;

use std::sync::OnceLock;

pub(crate) use database::Database;
pub(crate) use way::Way;

/// The server of this test process: the same one for every caller.
///
/// Blocks, also inside a tokio test: the first call may take seconds.
///
/// # Panics
/// When there is no server to be had; the message says what to install.
pub(crate) fn server() -> &'static Server {
    // The failure is kept as well, or each test would try every way again.
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    match SERVER.get_or_init(way::find) {
        Ok(server) => server,
        Err(reason) => panic!("no PostgreSQL for the tests: {reason}"),
    }
}

/// A running PostgreSQL server, stopped when the process ends in whatever manner.
pub(crate) struct Server {
    way: Way,
    admin_url: String,
    trace: Trace,
    _alive: Option<Box<dyn Send + Sync>>,
}

/// What a server leaves on the machine until it is cleaned up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trace {
    /// A server of somebody else's.
    Nothing,
    /// The container of this name.
    Container(String),
    /// The cluster in this directory.
    Directory(String),
}

impl Server {
    /// Creates an empty database, dropped with the returned value. `name_hint` shows in its name.
    ///
    /// # Panics
    /// When the server refuses.
    pub(crate) fn database(&self, name_hint: &str) -> Database {
        Database::create(&self.admin_url, name_hint)
    }

    /// How this server was found.
    pub(crate) fn way(&self) -> Way {
        self.way
    }

    /// URL of a superuser's connection to the maintenance database.
    pub(crate) fn admin_url(&self) -> &str {
        &self.admin_url
    }

    /// What has to be gone once this process has ended.
    pub(crate) fn trace(&self) -> &Trace {
        &self.trace
    }
}

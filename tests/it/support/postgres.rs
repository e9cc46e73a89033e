//! A PostgreSQL server for the tests of this process, and a database of its own for each test.
//!
//! The server is taken from `FIELDSEAL_TEST_DATABASE_URL`, else from Docker, else made from installed binaries.
//! `FIELDSEAL_TEST_POSTGRES=url|docker|binaries` leaves one way only, so that every way can be tested. A process that asks
//! for no server starts none.

mod binaries;
pub(crate) mod command;
pub(crate) mod database;
mod docker;
pub(crate) mod watchdog;
pub(crate) mod way;

use std::sync::OnceLock;

use super::watch::Findings;
use super::watch::inspect::Rules;
use super::watch::proxy::Proxy;
use super::watch::upstream::{Upstream, through};

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
    match SERVER.get_or_init(|| way::find()?.watched(Rules::of_this_suite())) {
        Ok(server) => {
            Findings::of_this_run().assert_none();
            server
        }
        Err(reason) => panic!("no PostgreSQL for the tests: {reason}"),
    }
}

/// A server of one test's own, made from installed binaries: it may be killed.
///
/// # Panics
/// When there are none.
#[allow(dead_code, reason = "not every suite kills servers")]
pub(crate) fn of_ones_own() -> Server {
    binaries::start().unwrap_or_else(|reason| panic!("no PostgreSQL of the test's own: {reason}"))
}

/// A running PostgreSQL server, stopped when the process ends in whatever manner.
pub(crate) struct Server {
    way: Way,
    admin_url: String,
    direct_url: String,
    trace: Trace,
    _alive: Option<Box<dyn Send + Sync>>,
}

impl Server {
    /// A server that was found, not watched yet.
    fn found(way: Way, url: String, trace: Trace, alive: Option<Box<dyn Send + Sync>>) -> Self {
        Self { way, admin_url: url.clone(), direct_url: url, trace, _alive: alive }
    }
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

    /// URL of a superuser's connection to the maintenance database, through the watch.
    pub(crate) fn admin_url(&self) -> &str {
        &self.admin_url
    }

    /// The same past the watch: for questions about the server itself.
    pub(crate) fn direct_url(&self) -> &str {
        &self.direct_url
    }

    /// The server behind a proxy of this process, to which all its URLs lead.
    fn watched(self, rules: Rules) -> Result<Self, String> {
        let upstream = Upstream::of(&self.direct_url)?;
        let proxy =
            Proxy::start(upstream, rules, Findings::of_this_run().clone()).map_err(|error| error.to_string())?;
        Ok(Self { admin_url: through(&self.direct_url, proxy.address), ..self })
    }

    /// What has to be gone once this process has ended.
    pub(crate) fn trace(&self) -> &Trace {
        &self.trace
    }
}

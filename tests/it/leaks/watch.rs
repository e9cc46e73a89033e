//! The watch over the suite's connections catches what it is there for: each deliberate plaintext is refused before the
//! database sees it, and the finding says where it was.

mod protocol;
mod sqlite;
mod statements;
mod suite;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;

use crate::support::postgres::{Database, server};
use crate::support::watch::inspect::Rules;
use crate::support::watch::proxy::Proxy;
use crate::support::watch::upstream::{Upstream, through};
use crate::support::watch::{Findings, this_test};

diesel::table! {
    plain_notes (id) {
        id -> BigInt,
        note -> Text,
    }
}

/// What nobody declared public.
const PLAINTEXT: &str = "Erika's diagnosis";

/// A database behind a watch of its own, so that what it finds fails no run.
struct Watched {
    database: Database,
    findings: Findings,
    url: String,
}

impl Watched {
    fn new(rules: Rules) -> Self {
        let database = server().database("watched");
        let findings = Findings::default();
        let upstream = Upstream::of(server().direct_url()).unwrap();
        let proxy = Proxy::start(upstream, rules, findings.clone()).unwrap();
        let url = through(&database.url(), proxy.address);
        let watched = Self { database, findings, url };
        watched.past().batch_execute("CREATE TABLE plain_notes (id BIGINT, note TEXT, cell BYTEA)").unwrap();
        watched
    }

    fn connect(&self) -> PgConnection {
        PgConnection::establish(&self.url).unwrap()
    }

    /// A connection that this watch does not see.
    fn past(&self) -> PgConnection {
        PgConnection::establish(&self.database.url()).unwrap()
    }

    /// Checks that one thing was found, and that the database has nothing of it.
    fn assert_caught(&self, statement: &str, path: &str) {
        let found = self.findings.all();
        assert_eq!(found.len(), 1, "{path}: {found:?}");
        assert!(found[0].statement.contains(statement), "{path}: {}", found[0]);
        assert_eq!(found[0].test, this_test(), "{path}");
        let rows = plain_notes::table.count().get_result::<i64>(&mut self.past()).unwrap();
        assert_eq!(rows, 0, "{path}: the database saw it");
    }
}

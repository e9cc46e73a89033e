//! The watch finds each of the services' secrets on its way to MariaDB, and in what MariaDB was told.

use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::connection::{Instrumentation, InstrumentationEvent};
use diesel::prelude::*;
use diesel::sql_types::{Binary, Text};

use crate::mariadb::Server;
use crate::secrets::{self, SECRETS};
use crate::support::sqlite::Watch;
use crate::support::watch::Findings;

/// A connection to a server of this test's own, under this watch alone: what is found fails no run.
fn connect(server: &Server, watch: impl Instrumentation + 'static) -> MysqlConnection {
    let mut conn = MysqlConnection::establish(&server.url("mysql")).unwrap();
    conn.set_instrumentation(watch);
    conn
}

#[test]
fn each_secret_is_found_on_its_way_to_mariadb() {
    secrets::watch();
    let server = Server::start(Findings::default()).unwrap();
    for secret in SECRETS {
        let findings = Findings::default();
        let mut conn = connect(&server, Watch::of_statements(findings.clone()));
        diesel::sql_query("SELECT ?").bind::<Text, _>("no secret").execute(&mut conn).unwrap();
        findings.assert_none();
        let planted = diesel::sql_query("SELECT ?").bind::<Text, _>(format!("a{secret}b"));
        let outcome = catch_unwind(AssertUnwindSafe(|| planted.execute(&mut conn)));
        assert!(outcome.is_err(), "{secret}: the statement ran");
        let found = findings.all();
        assert!(found.len() == 1 && found[0].statement.contains("SELECT ?"), "{secret}: {found:?}");
    }
}

#[test]
fn each_secret_is_found_in_mariadbs_log() {
    secrets::watch();
    let findings = Findings::default();
    let server = Server::start(findings.clone()).unwrap();
    let mut conn = connect(&server, |_: InstrumentationEvent<'_>| {});
    server.log.search();
    findings.assert_none();
    for (number, secret) in (1..).zip(SECRETS) {
        let planted = format!("a{secret}b");
        // A literal, a bound text, bound bytes: one line of the log each.
        let literal = format!("SELECT '{planted}'");
        diesel::sql_query(literal).execute(&mut conn).unwrap();
        diesel::sql_query("SELECT ?").bind::<Text, _>(&planted).execute(&mut conn).unwrap();
        diesel::sql_query("SELECT ?, 1").bind::<Binary, _>(planted.as_bytes()).execute(&mut conn).unwrap();
        server.log.search();
        let found = findings.all();
        assert!(found.len() >= 3 * number, "{secret}: {found:?}");
        assert!(found[found.len() - 3..].iter().all(|found| found.statement.contains("SELECT")), "{secret}: {found:?}");
    }
    server.log.search();
    let found = findings.all().len();
    server.log.search();
    assert_eq!(findings.all().len(), found, "each line is searched once");
}

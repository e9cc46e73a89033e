//! The watch over the services' databases finds each of their secrets, planted as plaintext.

use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::connection::{InstrumentationEvent, SimpleConnection as _};
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::secrets::{self, SECRETS};
use crate::support::postgres::server;
use crate::support::sqlite::Watch;
use crate::support::watch::inspect::Rules;
use crate::support::watch::proxy::Proxy;
use crate::support::watch::upstream::{Upstream, through};
use crate::support::watch::{Findings, this_test};

/// One finding, of this kind, in a watch whose findings fail no run.
fn assert_found(findings: &Findings, secret: &str, statement: &str) {
    let found = findings.all();
    assert_eq!(found.len(), 1, "{secret}: {found:?}");
    assert!(found[0].what.starts_with("a secret as "), "{secret}: {}", found[0]);
    assert!(found[0].statement.contains(statement), "{secret}: {}", found[0]);
    assert_eq!(found[0].test, this_test(), "{secret}");
}

#[test]
fn each_secret_is_found_on_its_way_to_postgresql() {
    secrets::watch();
    let database = server().database("watched");
    for secret in SECRETS {
        let findings = Findings::default();
        let upstream = Upstream::of(server().direct_url()).unwrap();
        let proxy = Proxy::start(upstream, Rules::of_this_suite(), findings.clone()).unwrap();
        let mut conn = PgConnection::establish(&through(&database.url(), proxy.address)).unwrap();
        diesel::sql_query("SELECT $1").bind::<Text, _>("no secret").execute(&mut conn).unwrap();
        findings.assert_none();
        let planted = diesel::sql_query("SELECT $1").bind::<Text, _>(format!("a{secret}b"));
        let error = planted.execute(&mut conn).unwrap_err().to_string();
        assert!(error.contains("refused by the tests' watch"), "{secret}: {error}");
        assert_found(&findings, secret, "SELECT $1");
    }
}

#[test]
fn each_secret_is_found_on_its_way_to_sqlite() {
    secrets::watch();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("watched.db");
    for secret in SECRETS {
        let mut conn = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
        let findings = Findings::default();
        conn.set_instrumentation(Watch::over(&file, findings.clone()));
        diesel::sql_query("SELECT ?").bind::<Text, _>("no secret").execute(&mut conn).unwrap();
        let planted = diesel::sql_query("SELECT ?").bind::<Text, _>(format!("a{secret}b"));
        let outcome = catch_unwind(AssertUnwindSafe(|| planted.execute(&mut conn)));
        assert!(outcome.is_err(), "{secret}: the statement ran");
        assert_found(&findings, secret, "SELECT ?");
    }
}

#[test]
fn each_secret_is_found_in_sqlites_file() {
    secrets::watch();
    for secret in SECRETS {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("watched.db");
        let findings = Findings::default();
        let watch = Watch::over(&file, findings.clone());
        {
            let mut past = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
            past.set_instrumentation(|_: InstrumentationEvent<'_>| {});
            past.batch_execute("PRAGMA synchronous = OFF; CREATE TABLE notes (note TEXT)").unwrap();
            let planted = diesel::sql_query("INSERT INTO notes VALUES (?)").bind::<Text, _>(format!("a{secret}b"));
            planted.execute(&mut past).unwrap();
            past.batch_execute("DELETE FROM notes").unwrap();
        }
        drop(watch);
        assert_found(&findings, secret, "watched.db");
    }
}

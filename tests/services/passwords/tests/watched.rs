//! A leak of this service fails the test that leaks, on each database.

use std::env;
use std::process::Command;

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::databases::on_each;
use crate::passwords::db::DbConn;

/// Says where to leak, to the process that does.
const LEAK: &str = "FIELDSEAL_TEST_LEAK";

#[test]
fn a_leak_fails_its_test() {
    if let Ok(database) = env::var(LEAK) {
        return on_each(|conn| leak(&database, conn));
    }
    let this = "passwords::tests::watched::a_leak_fails_its_test";
    for database in databases() {
        let mut leaking = Command::new(env::current_exe().unwrap());
        let output = leaking.args(["--exact", this, "--nocapture"]).env(LEAK, database).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{database}: {said}");
        assert!(said.contains("a secret as plain bytes") && said.contains(this), "{database}: {said}");
        assert!(said.contains(&format!("leak to {database}")), "{database}: {said}");
    }
}

fn databases() -> Vec<&'static str> {
    let mysql = cfg!(mysql).then_some("mysql");
    ["sqlite", "postgresql"].into_iter().chain(mysql).collect()
}

fn leak(database: &str, conn: &mut DbConn) {
    let (name, parameter) = match conn {
        DbConn::Postgresql(_) => ("postgresql", "$1"),
        #[cfg(mysql)]
        DbConn::Mysql(_) => ("mysql", "?"),
        DbConn::Sqlite(_) => ("sqlite", "?"),
    };
    if name == database {
        let sql = format!("SELECT {parameter} -- leak to {name}\n");
        // PostgreSQL's watch closes the connection, and tells whoever asks for the server again, or drops a database.
        let _ = diesel::sql_query(sql).bind::<Text, _>("secret notes").execute(conn);
    }
}

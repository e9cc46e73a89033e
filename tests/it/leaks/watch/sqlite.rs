//! SQLite: statements, and the bytes of the files.

use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{Binary, Text};
use fieldseal::Ciphertext;

use super::{PLAINTEXT, plain_notes};
use crate::support::sqlite::{self, Watch};
use crate::support::watch::secrets::CANARY;
use crate::support::watch::{Findings, this_test};

/// An SQLite database in a file, under a watch of its own.
fn watched_sqlite(directory: &Path) -> (SqliteConnection, Findings, PathBuf) {
    let file = directory.join("notes.db");
    let mut conn = sqlite::open(&file);
    conn.batch_execute("CREATE TABLE plain_notes (id BIGINT, note TEXT, cell BLOB)").unwrap();
    let findings = Findings::default();
    conn.set_instrumentation(Watch::over(&file, findings.clone()));
    (conn, findings, file)
}

#[test]
fn sqlite_plaintext_is_caught_in_statements() {
    type Write = fn(&mut SqliteConnection);
    let writes: [(&str, Write); 4] = [
        ("a text", |conn| {
            drop(diesel::insert_into(plain_notes::table).values(plain_notes::note.eq(PLAINTEXT)).execute(conn));
        }),
        ("an escaped text", |conn| {
            drop(
                diesel::insert_into(plain_notes::table)
                    .values(plain_notes::note.eq("a \"quoted\"\n\u{301}"))
                    .execute(conn),
            );
        }),
        ("bytes", |conn| {
            let query = diesel::sql_query("INSERT INTO plain_notes (cell) VALUES (?)");
            drop(query.bind::<Binary, _>(PLAINTEXT.as_bytes()).execute(conn));
        }),
        ("a literal", |conn| {
            drop(conn.batch_execute(&format!(
                "SELECT 1; INSERT INTO plain_notes (note) VALUES ('{}')",
                hex::encode(PLAINTEXT)
            )));
        }),
    ];
    for (path, write) in writes {
        let directory = tempfile::tempdir().unwrap();
        let (mut conn, findings, _) = watched_sqlite(directory.path());
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| write(&mut conn)));
        assert!(outcome.is_err(), "{path}");
        let found = findings.all();
        assert!(found.len() == 1 && found[0].test == this_test(), "{path}: {found:?}");
    }
}

#[test]
fn sqlite_plaintext_dressed_as_a_cell_is_found_in_the_file() {
    use fieldseal::sql_types::Encrypted;
    let directory = tempfile::tempdir().unwrap();
    let (mut conn, findings, _) = watched_sqlite(directory.path());
    let cell = Ciphertext::<Text>::from_bytes(format!("a {CANARY} that shows as <sealed>").into_bytes());
    let query = diesel::sql_query("INSERT INTO plain_notes (cell) VALUES (?)");
    query.bind::<Encrypted<Text>, _>(cell).execute(&mut conn).unwrap();
    findings.assert_none();
    drop(conn);
    let found = findings.all();
    assert!(found.len() == 1 && found[0].statement.contains("notes.db"), "{found:?}");
}

//! The files of an SQLite database.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use fieldseal::schema::Backend;

use super::writes::*;
use super::{assert_silent, assert_visible};
use crate::backends::make_tables;
use crate::models::client::*;
use crate::models::sample::*;

#[test]
fn neither_the_file_nor_its_log_shows_plaintext() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("clients.sqlite");
    let mut conn = crate::support::sqlite::open(&path);
    conn.batch_execute("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0").unwrap();
    make_tables(&mut conn, Backend::Sqlite);
    let (clients_of, samples_of) = sessions(&fieldseal::testing::vault());
    write_everything!(&mut conn, &clients_of, &samples_of);
    let log = std::fs::read(path.with_extension("sqlite-wal")).unwrap();
    assert_visible(&log, "the write-ahead log");
    conn.batch_execute("PRAGMA wal_checkpoint(FULL); ANALYZE").unwrap();
    assert_visible(&std::fs::read(&path).unwrap(), "the database file");
    for file in std::fs::read_dir(directory.path()).unwrap() {
        let file = file.unwrap().path();
        assert_silent(&std::fs::read(&file).unwrap(), &file.display().to_string());
    }
}

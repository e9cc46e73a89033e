//! What PostgreSQL shows of the rows: as text, by COPY, in its statistics and in its files.

use std::io::Read;
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Oid, Text};

use super::writes::*;
use super::{assert_silent, assert_visible};
use crate::backends::postgres_database;
use crate::models::client::*;
use crate::models::sample::*;
use crate::support::postgres::{Way, server};

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Nullable<Text>)]
    line: Option<String>,
}

#[test]
fn nothing_that_the_server_shows_or_keeps_is_plaintext() {
    let database = postgres_database("leaks");
    let mut conn = PgConnection::establish(&database.url()).unwrap();
    let (clients_of, samples_of) = sessions(&fieldseal::testing::vault());
    write_everything!(&mut conn, &clients_of, &samples_of);
    as_text(&mut conn);
    by_copy(&database.url());
    in_statistics(&mut conn);
    in_files(&mut conn);
}

fn lines(conn: &mut PgConnection, sql: &str) -> Vec<u8> {
    let lines: Vec<Line> = diesel::sql_query(sql).load(conn).unwrap();
    lines.into_iter().filter_map(|line| line.line).collect::<Vec<_>>().join("\n").into_bytes()
}

fn as_text(conn: &mut PgConnection) {
    let clients = lines(conn, "SELECT c::text AS line FROM clients c");
    assert_visible(&clients, "clients as text");
    assert_silent(&clients, "clients as text");
    let escaped = lines(conn, "SELECT encode(email, 'escape') || encode(notes, 'escape') AS line FROM clients");
    assert_silent(&escaped, "clients escaped");
    let samples = lines(conn, "SELECT s::text AS line FROM samples s");
    assert!(!samples.is_empty());
    assert_silent(&samples, "samples as text");
}

fn by_copy(url: &str) {
    // Diesel leaves a COPY open when its reader is dropped: a connection for each.
    let connect = || PgConnection::establish(url).unwrap();
    let mut copied = Vec::new();
    diesel::copy_to(clients::table).load_raw(&mut connect()).unwrap().read_to_end(&mut copied).unwrap();
    assert_visible(&copied, "COPY of clients");
    diesel::copy_to(samples::table).load_raw(&mut connect()).unwrap().read_to_end(&mut copied).unwrap();
    assert_silent(&copied, "COPY");
}

fn in_statistics(conn: &mut PgConnection) {
    conn.batch_execute("ANALYZE").unwrap();
    let columns = "attname || ' ' || coalesce(most_common_vals::text, '') || coalesce(histogram_bounds::text, '')";
    let statistics =
        lines(conn, &format!("SELECT {columns} AS line FROM pg_stats WHERE tablename IN ('clients', 'samples')"));
    assert_visible(&statistics, "pg_stats");
    assert_silent(&statistics, "pg_stats");
}

/// The table's files and the write-ahead log, where the server's files are ours to read.
fn in_files(conn: &mut PgConnection) {
    if server().way() != Way::Binaries {
        return;
    }
    conn.batch_execute("CHECKPOINT").unwrap();
    let data = PathBuf::from(
        String::from_utf8(lines(conn, "SELECT setting AS line FROM pg_settings WHERE name = 'data_directory'"))
            .unwrap(),
    );
    let database: u32 =
        diesel::select(diesel::dsl::sql::<Oid>("(SELECT oid FROM pg_database WHERE datname = current_database())"))
            .get_result(conn)
            .unwrap();
    let table: String =
        diesel::select(diesel::dsl::sql::<Text>("pg_relation_filepath('clients')")).get_result(conn).unwrap();
    assert_visible(&std::fs::read(data.join(table)).unwrap(), "the table's file");
    for directory in [data.join("base").join(database.to_string()), data.join("pg_wal"), data.join("pg_stat")] {
        search(&directory);
    }
}

fn search(directory: &Path) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        // Other tests' segments come and go.
        match std::fs::read(&path) {
            Ok(bytes) => assert_silent(&bytes, &path.display().to_string()),
            Err(_) => assert!(path.is_dir() || !path.exists(), "{} can't be read", path.display()),
        }
    }
}

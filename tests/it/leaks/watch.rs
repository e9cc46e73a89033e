//! The watch over the suite's connections catches what it is there for: each deliberate plaintext is refused before the
//! database sees it, and the finding says where it was.

use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{Array, Binary, Text};
use diesel_async::{AsyncConnection as _, AsyncPgConnection};
use fieldseal::Ciphertext;

use crate::support::postgres::{Database, server};
use crate::support::sqlite::{self, Watch};
use crate::support::watch::frontend::Frontend;
use crate::support::watch::inspect::Rules;
use crate::support::watch::proxy::Proxy;
use crate::support::watch::public::permit;
use crate::support::watch::secrets::{CANARY, NUMBER, secret};
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

/// Runs what writes plaintext; the connection is closed with the reason.
fn caught(path: &str, statement: &str, write: impl FnOnce(&mut PgConnection) -> QueryResult<usize>) {
    let watched = Watched::new(Rules::Strict);
    let mut conn = watched.connect();
    let error = write(&mut conn).expect_err(path).to_string();
    assert!(error.contains("the tests' watch"), "{path}: {error}");
    assert!(plain_notes::table.count().get_result::<i64>(&mut conn).is_err(), "{path}: the connection is closed");
    watched.assert_caught(statement, path);
}

fn insert<'a>(note: &'a str) -> impl diesel::query_dsl::methods::ExecuteDsl<PgConnection> + 'a {
    diesel::insert_into(plain_notes::table).values((plain_notes::id.eq(1), plain_notes::note.eq(note)))
}

#[test]
fn a_plaintext_is_caught_in_a_bind() {
    use diesel::query_dsl::methods::ExecuteDsl;
    caught("a bind", "INSERT INTO \"plain_notes\"", |conn| ExecuteDsl::execute(insert(PLAINTEXT), conn));
    let marked = format!("acme-{CANARY}");
    caught("a marked bind", "INSERT INTO \"plain_notes\"", |conn| ExecuteDsl::execute(insert(&marked), conn));
}

#[test]
fn a_plaintext_is_caught_in_a_batch_insert() {
    let rows: Vec<_> = ["acme", "bolt", PLAINTEXT].map(|note| plain_notes::note.eq(note)).into();
    caught("a batch", "VALUES", |conn| diesel::insert_into(plain_notes::table).values(&rows).execute(conn));
}

#[test]
fn a_plaintext_is_caught_in_bytes_and_in_arrays() {
    let statement = "INSERT INTO plain_notes (cell) VALUES ($1)";
    caught("bytes", statement, |conn| {
        diesel::sql_query(statement).bind::<Binary, _>(PLAINTEXT.as_bytes()).execute(conn)
    });
    // A cell's head makes no cell of what reads.
    let dressed = [&[0xF5, 1][..], PLAINTEXT.repeat(4).as_bytes()].concat();
    caught("a dressed text", statement, |conn| diesel::sql_query(statement).bind::<Binary, _>(&dressed).execute(conn));
    let arrays = "INSERT INTO plain_notes (note) SELECT unnest($1)";
    caught("an array", arrays, |conn| {
        diesel::sql_query(arrays).bind::<Array<Text>, _>(vec!["acme", PLAINTEXT]).execute(conn)
    });
    let arrays = "INSERT INTO plain_notes (cell) SELECT unnest($1)";
    let bytes = vec![PLAINTEXT.as_bytes()];
    caught("an array", arrays, |conn| diesel::sql_query(arrays).bind::<Array<Binary>, _>(bytes).execute(conn));
}

#[test]
fn a_plaintext_is_caught_in_a_literal() {
    for literal in [
        format!("'{}'", PLAINTEXT.replace('\'', "''")),
        format!("E'{}'", PLAINTEXT.replace('\'', "\\'")),
        format!("$x${PLAINTEXT}$x$ || '{}'", hex::encode(PLAINTEXT)),
        format!("'' /* {PLAINTEXT} */"),
    ] {
        let sql = format!("INSERT INTO plain_notes (note) VALUES ({literal})");
        caught(&literal, "INSERT", |conn| diesel::sql_query(&sql).execute(conn));
        let batch = format!("SELECT 1; {sql}; SELECT 2");
        caught(&literal, "SELECT 1; INSERT", |conn| conn.batch_execute(&batch).map(|()| 0));
    }
}

#[test]
fn a_plaintext_is_caught_in_a_copy() {
    caught("COPY in text", "COPY \"plain_notes\"", |conn| {
        let copy = diesel::copy_from(plain_notes::table).from_raw_data(plain_notes::table, |out| {
            // In two messages.
            let (start, rest) = PLAINTEXT.split_at(5);
            std::io::Write::write_all(out, format!("1\t{start}").as_bytes()).unwrap();
            std::io::Write::write_all(out, format!("{rest}\n").as_bytes()).unwrap();
            diesel::QueryResult::Ok(())
        });
        copy.execute(conn)
    });
    caught("COPY in binary", "COPY \"plain_notes\"", |conn| {
        let rows = [(plain_notes::id.eq(1), plain_notes::note.eq(PLAINTEXT))];
        diesel::copy_from(plain_notes::table).from_insertable(&rows[..]).execute(conn)
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plaintext_is_caught_in_a_pipelined_bind() {
    use diesel_async::RunQueryDsl;

    let watched = Watched::new(Rules::Strict);
    let conn = AsyncPgConnection::establish(&watched.url).await.unwrap();
    let query = |note: &'static str| {
        diesel::update(plain_notes::table.filter(plain_notes::id.eq(1))).set(plain_notes::note.eq(note))
    };
    let (mut one, mut other) = (&conn, &conn);
    let (first, second) = futures_util::join!(
        RunQueryDsl::execute(query("acme"), &mut one),
        RunQueryDsl::execute(query(PLAINTEXT), &mut other)
    );
    assert!(second.is_err());
    // The first one's answer may be lost with the connection.
    drop(first);
    let found = watched.findings.all();
    assert!(found.len() == 1 && found[0].statement.contains("UPDATE"), "{found:?}");
}

#[test]
fn public_values_cells_and_permitted_plaintexts_pass() {
    use diesel::query_dsl::methods::ExecuteDsl;
    let watched = Watched::new(Rules::Strict);
    let mut conn = watched.connect();
    ExecuteDsl::execute(insert("acme-00001"), &mut conn).unwrap();
    {
        let _permit = permit("this test", PLAINTEXT);
        ExecuteDsl::execute(insert(PLAINTEXT), &mut conn).unwrap();
    }
    assert_eq!(plain_notes::table.count().get_result::<i64>(&mut conn).unwrap(), 2);
    watched.findings.assert_none();
    assert!(ExecuteDsl::execute(insert(PLAINTEXT), &mut conn).is_err(), "the permit has ended");
    assert!(std::panic::catch_unwind(|| watched.findings.assert_none()).is_err(), "a finding fails who asks");
}

#[test]
fn registered_secrets_are_caught_where_nothing_else_is() {
    use diesel::query_dsl::methods::ExecuteDsl;
    let watched = Watched::new(Rules::Secrets);
    let mut conn = watched.connect();
    let unknown = "a text that is nobody's secret";
    diesel::sql_query("SELECT $1").bind::<Text, _>(unknown).execute(&mut conn).unwrap();
    watched.findings.assert_none();
    let key = secret("correct horse battery staple");
    let error = ExecuteDsl::execute(insert(&format!("see {key}!")), &mut conn).unwrap_err();
    assert!(error.to_string().contains("a secret as plain bytes"), "{error}");
    watched.assert_caught("INSERT", "a registered secret");
}

/// A message of the frontend protocol.
fn message(tag: u8, body: &[&[u8]]) -> Vec<u8> {
    let body = body.concat();
    let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
    [&[tag][..], &length, &body].concat()
}

fn bind(format: u8, value: &[u8]) -> Vec<u8> {
    let length = u32::try_from(value.len()).unwrap().to_be_bytes();
    message(b'B', &[b"\0s\0", &[0, 1, 0, format, 0, 1], &length, value, &[0, 0]])
}

#[test]
fn each_format_and_message_is_read() {
    let parse = |oid: u8| message(b'P', &[b"s\0INSERT $1\0", &[0, 1, 0, 0, 0, oid]]);
    let hex = format!("\\x{}", hex::encode(PLAINTEXT));
    let cell = [&[0xF5, 1][..], &[7; 60]].concat();
    let escaped_cell = format!("\\x{}", hex::encode(&cell));
    let call = message(b'F', &[&[0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 17], PLAINTEXT.as_bytes(), &[0, 0]]);
    let refused = [
        [parse(25), bind(0, PLAINTEXT.as_bytes())].concat(),
        [parse(25), bind(1, PLAINTEXT.as_bytes())].concat(),
        [parse(0), bind(1, PLAINTEXT.as_bytes())].concat(),
        [parse(17), bind(0, hex.as_bytes())].concat(),
        [parse(17), bind(1, &4i64.to_be_bytes())].concat(),
        [parse(20), bind(1, &NUMBER.to_be_bytes())].concat(),
        [parse(20), bind(0, NUMBER.to_string().as_bytes())].concat(),
        bind(1, b"to a statement of unknown text"),
        message(b'Q', &[format!("SELECT '{}'\0", hex::encode(PLAINTEXT)).as_bytes()]),
        call,
        message(b'P', &[b"cut"]),
        message(b'?', &[b"unknown"]),
    ];
    for bytes in refused {
        assert!(Frontend::new(Rules::Strict).take(&bytes).is_err(), "{}", String::from_utf8_lossy(&bytes));
    }
    let passed = [
        [parse(25), bind(0, b"acme")].concat(),
        [parse(17), bind(0, escaped_cell.as_bytes())].concat(),
        [parse(17), bind(1, &cell)].concat(),
        [parse(20), bind(1, &4i64.to_be_bytes())].concat(),
        message(b'p', &[PLAINTEXT.as_bytes()]),
    ];
    for bytes in passed {
        assert_eq!(Frontend::new(Rules::Strict).take(&bytes).unwrap(), bytes);
    }
}

#[test]
fn a_message_in_pieces_is_read_as_one() {
    let query = message(b'Q', &[b"SELECT 'hun", b"ter2'\0"]);
    let mut frontend = Frontend::new(Rules::Secrets);
    let (last, start) = query.split_last().unwrap();
    for byte in start {
        assert_eq!(frontend.take(&[*byte]).unwrap(), b"");
    }
    assert!(frontend.take(&[*last]).is_err());
}

#[test]
fn each_spelling_of_a_marked_text_is_found() {
    use base64::Engine as _;
    let base64 = base64::engine::general_purpose::STANDARD;
    let utf16 = |of: fn(u16) -> [u8; 2]| CANARY.encode_utf16().flat_map(of).collect::<Vec<_>>();
    let mut spellings = vec![
        CANARY.as_bytes().to_vec(),
        CANARY.to_uppercase().into_bytes(),
        hex::encode(CANARY).into_bytes(),
        hex::encode_upper(CANARY).into_bytes(),
        format!("{:?}", CANARY.as_bytes()).into_bytes(),
        serde_json::to_vec(CANARY.as_bytes()).unwrap(),
        utf16(u16::to_le_bytes),
        utf16(u16::to_be_bytes),
    ];
    spellings
        .extend(["", "a", "ab", "abc"].map(|before| base64.encode(format!("{before}{CANARY} and more")).into_bytes()));
    for spelling in spellings {
        let bytes = [b"\x01\x02", &spelling[..], b"\xFF"].concat();
        assert!(Rules::Secrets.check_raw(&bytes).is_err(), "{}", String::from_utf8_lossy(&spelling));
    }
    assert!(Rules::Secrets.check_raw(b"hunter3 and nothing else").is_ok());
}

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

/// A file that opens a database past the watch, or a store without it, would make the whole check idle.
#[test]
fn the_suite_opens_databases_through_the_watch_only() {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let mut looked_at = 0;
    each_file(&suite, &mut |path, text| {
        looked_at += 1;
        let name = path.strip_prefix(&suite).unwrap().display().to_string();
        if name.starts_with("support") || name == "leaks/watch.rs" {
            return;
        }
        assert!(!text.contains("SqliteConnection::establish("), "{name}: open it by `support::sqlite`");
        let opens_store = text.contains("SqliteKeyStore::open(directory") || text.contains("SqliteKeyStore::open(self");
        assert!(!opens_store || text.contains("sqlite::watch()"), "{name}: call `support::sqlite::watch()` first");
        assert!(
            !text.contains("direct_url()") || name == "harness.rs",
            "{name}: connect by `url()`, through the watch"
        );
    });
    assert!(looked_at > 50, "only {looked_at} files");
}

fn each_file(directory: &Path, look: &mut impl FnMut(&Path, &str)) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            each_file(&path, look);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            look(&path, &std::fs::read_to_string(&path).unwrap());
        }
    }
}

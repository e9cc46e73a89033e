//! PostgreSQL: binds, batches, arrays, literals, COPY, pipelines.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{Array, Binary, Text};
use diesel_async::{AsyncConnection as _, AsyncPgConnection};

use super::{PLAINTEXT, Watched, plain_notes};
use crate::support::watch::inspect::Rules;
use crate::support::watch::public::permit;
use crate::support::watch::secrets::{CANARY, secret};

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

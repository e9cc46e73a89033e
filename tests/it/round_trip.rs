//! Whatever compiles reads back as written: generated rows of every type, through every way of writing and every way of
//! loading, explicit and ambient, on both databases that fieldseal migrates and checks, and over every kind of connection
//! to them. What is read and written on MySQL has its tests in `tests/with-mysql`.
//!
//! - `wide`: every type as whatever a field may be, over every connection and in every way of writing.
//! - `forms`: every shape of models and forms, over every connection.
//! - here: one wide ambient row, in each way of writing crossed with each way of loading.
//!
//! Each test counts what it compared against what there is. `FIELDSEAL_TEST_CASES` raises the number of cases,
//! `FIELDSEAL_TEST_SEED` repeats those of a run: what failed says which.

use fieldseal::testing;

mod draw;
mod forms;
mod path;
mod row;
mod shapes;
mod value;
mod wide;

use draw::{Coverage, assert_hidden, cases};
use path::Path;
use row::Everything;
use shapes::{Load, Shapes, Write};

/// Writes rows in one way and loads them in another, again and again, over one connection.
fn round_trips<C: Shapes + Path>(mut conn: C) {
    let session = testing::vault().blocking().session(7i64).unwrap();
    let mut coverage = Coverage::default();
    cases(Write::ALL.len() * Load::ALL.len(), |number, draw| {
        let written = Write::ALL[number % Write::ALL.len()];
        let loaded = Load::ALL[number / Write::ALL.len() % Load::ALL.len()];
        pollster::block_on(conn.run("DELETE FROM everything".to_owned()));
        let rows: Vec<_> = (1..=draw.of(1..=3_i64)).map(|id| Everything::draw(id, draw)).collect();
        written.run(&mut conn, &session, &Everything::draw(0, draw), &rows);
        assert!(loaded.run(&mut conn, &session) == rows, "{written:?}, {loaded:?}");
        let shown = pollster::block_on(conn.shown(Everything::SCHEMA));
        rows.iter().for_each(|row| assert_hidden(&shown, row.plaintexts()));
        coverage.compared(format!("{written:?}, {loaded:?}"));
    });
    let loads = |written: Write| Load::ALL.map(|loaded| format!("{written:?}, {loaded:?}"));
    coverage.assert_is(Write::ALL.into_iter().flat_map(loads));
}

#[test]
fn every_row_reads_back_from_sqlite() {
    round_trips(path::sqlite(row::sql));
}

#[test]
fn every_row_reads_back_from_postgres() {
    let (_database, conn) = path::postgres(row::sql);
    round_trips(conn);
}

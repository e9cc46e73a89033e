//! Whatever compiles reads back as written: generated rows of every type, through every way of writing and every way of
//! loading, explicit and ambient, on both databases.

use std::cell::RefCell;

use diesel::prelude::*;
use fieldseal::{Session, testing};
use proptest::prelude::*;
use proptest::sample::select;

use crate::support::postgres;

mod row;
mod shapes;

use row::{Everything, any_row, everything, postgres_tables, sqlite_tables};
use shapes::{Load, Write};

fn session() -> Session {
    testing::vault().blocking().session(7i64).unwrap()
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() }
}

/// Writes rows in one way and loads them in another, again and again, over one connection.
macro_rules! round_trips {
    ($conn:expr) => {
        let (session, conn) = (session(), RefCell::new($conn));
        let rows = proptest::collection::vec(any_row(), 1..4);
        proptest!(config(), |(rows in rows, old in any_row(), written in select(&Write::ALL[..]), loaded in select(&Load::ALL[..]))| {
            let conn = &mut *conn.borrow_mut();
            diesel::delete(everything::table).execute(conn).unwrap();
            let rows: Vec<_> = (1..).zip(rows).map(|(id, row)| Everything { id, ..row }).collect();
            written.run(conn, &session, &old, &rows);
            let read = loaded.run(conn, &session);
            prop_assert_eq!(read, rows, "{:?}, {:?}", written, loaded);
        });
    };
}

#[test]
fn every_row_reads_back_from_sqlite() {
    round_trips!(sqlite_tables());
}

#[test]
fn every_row_reads_back_from_postgres() {
    let database = postgres::server().database("round_trip");
    round_trips!(postgres_tables(&database.url()));
}

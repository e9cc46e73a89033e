//! `#[encrypted(pad = …)]`: lengths of cells, the way back, and what a change of the padding means.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use fieldseal::model::{ColumnSchema, Padding};
use fieldseal::schema::{Backend, migration};
use fieldseal::{Encrypted, OpenError, Protected, Session};
use proptest::prelude::*;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    letters (id) {
        id -> BigInt,
        firm_id -> Text,
        subject -> FieldsealText,
        subject_term -> FieldsealTextTerm,
        text -> FieldsealText,
        tags -> Nullable<FieldsealJson>,
        scan -> FieldsealBytes,
    }
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = letters)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset))]
struct Letter {
    id: i64,
    firm_id: String,
    #[encrypted(pad = 32, index(subject_term, normalize = lowercase))]
    subject: String,
    #[encrypted(pad = padme)]
    text: String,
    #[encrypted(json, pad = padme)]
    tags: Option<Vec<String>>,
    #[encrypted(pad = 65_536)]
    scan: Vec<u8>,
}

/// A form takes the padding from its model.
#[derive(Encrypted)]
#[diesel(table_name = letters)]
#[encrypted(model = Letter, firm = firm_id, derive(Queryable, Selectable, AsChangeset))]
struct Closed {
    id: i64,
    firm_id: String,
    #[encrypted(index(subject_term))]
    subject: Protected<String>,
}

/// The same columns, declared otherwise: unpadded, and with other paddings.
mod other {
    use super::letters;

    #[derive(fieldseal::Encrypted)]
    #[diesel(table_name = letters)]
    #[encrypted(firm = firm_id, derive(Queryable))]
    pub(super) struct Letter {
        pub(super) id: i64,
        pub(super) firm_id: String,
        #[encrypted(index(subject_term, normalize = lowercase))]
        pub(super) subject: String,
        #[encrypted(pad = 7)]
        pub(super) text: String,
    }
}

fn session() -> Session {
    Session::clone(&fieldseal::testing::vault().blocking().session("acme").unwrap())
}

fn letter() -> Letter {
    let (subject, text) = ("Contract".into(), "a text of more than sixteen bytes".into());
    Letter { id: 1, firm_id: "acme".into(), subject, text, tags: Some(vec!["a".into()]), scan: vec![0x80, 0, 0] }
}

fn sqlite() -> SqliteConnection {
    let mut conn = crate::support::sqlite::memory();
    let table = "CREATE TABLE letters (id BIGINT PRIMARY KEY, firm_id TEXT NOT NULL);\n".to_owned();
    conn.batch_execute(&(table + &migration::<Letter>(Backend::Sqlite).up)).unwrap();
    conn
}

/// Bytes of a cell besides its plaintext.
const OVERHEAD: usize = 42;

#[test]
fn a_padded_row_is_written_looked_up_and_read() {
    let (session, conn) = (session(), &mut sqlite());
    let letter = letter();
    diesel::insert_into(letters::table).values(session.seal(&letter).unwrap()).execute(conn).unwrap();
    let found = Letter::subject().eq(&session, "CONTRACT").unwrap();
    let row = letters::table.filter(found).select(SealedLetter::as_select()).first(conn).unwrap();
    assert_eq!(row.subject.as_bytes().unwrap().len(), OVERHEAD + 32);
    assert_eq!(row.text.as_bytes().unwrap().len(), OVERHEAD + 36);
    assert_eq!(row.scan.as_bytes().unwrap().len(), OVERHEAD + 65_536);
    assert_eq!(session.open(row).unwrap(), letter);

    diesel::update(letters::table.find(1))
        .set(Letter::text().set(&session, 1, String::new()).unwrap())
        .execute(conn)
        .unwrap();
    let cell = letters::table.select(Letter::text().cell()).first(conn).unwrap();
    assert_eq!(Letter::text().open(&session, cell).unwrap(), "");

    let closed = letters::table.select(SealedClosed::as_select()).first(conn).unwrap();
    let closed = session.open(closed).unwrap();
    diesel::update(letters::table.find(1)).set(session.seal(&closed).unwrap()).execute(conn).unwrap();
    assert_eq!(closed.subject.open(&session).unwrap(), "Contract");
}

#[test]
fn an_empty_value_is_as_long_as_its_class() {
    let session = session();
    let len = |text: &str| Letter::subject().seal(&session, &1, text).unwrap().as_bytes().unwrap().len() - OVERHEAD;
    assert_eq!(["", "x", &"x".repeat(31), &"x".repeat(32)].map(len), [32, 32, 32, 64]);
}

#[test]
fn another_padding_reads_the_same_cells_and_none_does_not() {
    let session = session();
    let cell = Letter::text().seal(&session, &1, "text").unwrap();
    assert_eq!(other::Letter::text().open(&session, (1, cell)).unwrap(), "text");
    let cell = Letter::subject().seal(&session, &1, "text").unwrap();
    let error = other::Letter::subject().open(&session, (1, cell)).unwrap_err();
    assert!(matches!(error, OpenError::Unauthentic { .. }), "{error:?}");
    // A term is over the value itself.
    let (padded, plain) = (Letter::subject().term(&session, "text"), other::Letter::subject().term(&session, "text"));
    assert!(padded.unwrap() == plain.unwrap());
}

#[test]
fn the_schema_shows_the_padding() {
    let pads = Letter::SCHEMA.columns.iter().map(|column: &ColumnSchema| (column.codec, column.pad));
    let (padme, multiple) = (Some(Padding::Padme), |of| Some(Padding::Multiple(of)));
    let expected = [("text", multiple(32)), ("text", padme), ("json", padme), ("bytes", multiple(65_536))];
    assert!(pads.eq(expected));
}

proptest! {
    #[test]
    fn cells_of_a_class_are_equally_long(text in ".{0,300}") {
        let session = session();
        let cell = Letter::text().seal(&session, &1, &text).unwrap();
        prop_assert_eq!(cell.as_bytes().unwrap().len() - OVERHEAD, Padding::Padme.padded_len(text.len()));
        prop_assert_eq!(Letter::text().open(&session, (1, cell)).unwrap(), text);
    }
}

//! Mistakes that compile: each is an error, never a wrong answer or a row that no longer opens.

use std::cell::Cell;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::Text;
use fieldseal::model::{CellKeys, HasFirm, Open};
use fieldseal::{Ciphertext, Encrypted, FirmId, LookupError, OpenError, SealError, Session};

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    words (id) {
        id -> Text,
        word -> FieldsealText,
        word_term -> FieldsealTextTerm,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    archive.old_words (id) {
        #[sql_name = "the id"]
        id -> Text,
        #[sql_name = "the word"]
        word -> FieldsealText,
        #[sql_name = "the term"]
        word_term -> FieldsealTextTerm,
    }
}

/// The service's own rows.
#[derive(Debug, PartialEq, Encrypted)]
#[diesel(table_name = words)]
#[encrypted(firm = platform, derive(Insertable, Queryable, Selectable))]
struct Word {
    id: String,
    #[encrypted(index(word_term))]
    word: String,
}

/// A table whose names in SQL are not those in Rust.
#[derive(Debug, PartialEq, Encrypted)]
#[diesel(table_name = old_words)]
#[encrypted(firm = platform, table = "archive.old_words", derive(Insertable, Queryable, Selectable))]
struct OldWord {
    id: String,
    #[encrypted(index(word_term))]
    word: String,
}

#[derive(Encrypted)]
#[diesel(table_name = old_words)]
#[encrypted(model = OldWord, table = "archive.old_words", derive(Insertable))]
struct NewOldWord<'a> {
    id: &'a str,
    #[encrypted(index(word_term))]
    word: &'a str,
}

fn words(count: usize) -> (SqliteConnection, Session) {
    let mut conn = crate::support::sqlite::memory();
    conn.batch_execute("CREATE TABLE words (id TEXT PRIMARY KEY, word BLOB NOT NULL, word_term BLOB NOT NULL)")
        .unwrap();
    let session = fieldseal::testing::vault().blocking().platform().unwrap();
    let words: Vec<_> = (0..count).map(|n| Word { id: format!("{n:03}"), word: "word".to_owned() }).collect();
    diesel::insert_into(words::table).values(session.seal(&words).unwrap()).execute(&mut conn).unwrap();
    (conn, session)
}

#[test]
fn a_firms_session_neither_looks_up_nor_writes_the_platforms_rows() {
    let firm = fieldseal::testing::vault().blocking().session("acme").unwrap();
    let word = || "word".to_owned();
    let refused = |error| matches!(error, LookupError::WrongSession { model: "Word", .. });
    assert!(refused(Word::word().eq(&firm, word()).map(drop).unwrap_err()));
    assert!(refused(Word::word().find(&firm, word()).map(drop).unwrap_err()));
    let refused = |error| matches!(error, SealError::WrongFirm { model: "Word", .. });
    assert!(refused(Word::word().set(&firm, "1", word()).map(drop).unwrap_err()));
    assert!(refused(Word::word().seal(&firm, &"1".to_owned(), "word").map(drop).unwrap_err()));
    assert!(refused(Word::word().term(&firm, "word").map(drop).unwrap_err()));
}

#[test]
fn the_platforms_session_neither_looks_up_nor_writes_a_firms_rows() {
    use crate::models::client::Client;

    let platform = fieldseal::testing::vault().blocking().platform().unwrap();
    let email = || "a@example.org".to_owned();
    let error = Client::email().eq(&platform, email()).map(drop).unwrap_err();
    assert_eq!(error.code(), "lookup.wrong_session");
    let error = Client::email().set(&platform, "1", email()).map(drop).unwrap_err();
    assert_eq!(error.code(), "seal.platform_session");
}

#[test]
fn a_lookup_in_falling_order_is_refused() {
    let (mut conn, session) = words(300);
    let found = Word::word().find(&session, "word".to_owned()).unwrap().by(|row: &SealedWord| row.id.clone()).load(
        &session,
        |page| {
            let query = words::table.filter(page.candidates()).filter(page.after(words::id)).order(words::id.desc());
            query.limit(page.size()).select(SealedWord::as_select()).load(&mut conn)
        },
    );
    assert!(matches!(found, Err(LookupError::Unpaged)));
}

#[test]
fn names_in_sql_are_the_schemas_and_the_ids() {
    let schema = OldWord::SCHEMA;
    assert_eq!((schema.table, schema.table_id, schema.row), ("archive.old_words", "old_words", &["the id"][..]));
    let column = schema.columns[0];
    assert_eq!((column.column, column.column_id), ("the word", "the word"));
    assert_eq!(column.index.map(|index| (index.column, index.index_id)), Some(("the term", "the term")));
    let session = fieldseal::testing::vault().blocking().platform().unwrap();
    session.seal(&NewOldWord { id: "1", word: "word" }).unwrap();
}

#[test]
fn a_value_that_is_no_cell_is_not_quoted() {
    let error = serde_json::from_str::<Ciphertext<Text>>("\"Quartz\"").map(drop).unwrap_err().to_string();
    assert!(!error.contains('Q') && !error.contains('z'), "{error}");
}

/// Names another firm each time that it is asked.
struct Fickle(Cell<i64>);

impl HasFirm for Fickle {
    fn firm(&self) -> FirmId {
        self.0.set(self.0.get() + 1);
        FirmId::from(self.0.get())
    }
}

impl Open for Fickle {
    type Opened = ();

    fn open(self, _: &CellKeys) -> Result<(), OpenError> {
        Ok(())
    }
}

#[test]
fn rows_that_change_their_firm_do_not_panic() {
    let refused = fieldseal::testing::vault().blocking().open(vec![Fickle(Cell::new(0))]);
    assert_eq!(refused.unwrap_err().code(), "keys.unknown_firm");
}

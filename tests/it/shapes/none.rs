//! What `None` does: `treat_none_as_null` in updates, `treat_none_as_default_value` in inserts, on structs and on fields.

use diesel::prelude::*;
use fieldseal::Encrypted;
use fieldseal::schema::Backend;

use super::secret;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    notes (id) {
        id -> BigInt,
        firm_id -> Text,
        title -> Nullable<Text>,
        color -> Nullable<Text>,
        body -> Nullable<FieldsealText>,
        author -> Nullable<FieldsealText>,
        author_term -> Nullable<FieldsealTextTerm>,
    }
}

/// Fieldseal's default in inserts is NULL, Diesel's DEFAULT.
#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = notes)]
#[diesel(treat_none_as_null = true)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset))]
struct Note {
    id: i64,
    firm_id: String,
    title: Option<String>,
    #[diesel(treat_none_as_null = false)]
    color: Option<String>,
    #[encrypted]
    body: Option<String>,
    #[encrypted(index(author_term))]
    author: Option<String>,
}

/// As Diesel would have it: DEFAULT for each `None`, but for one column.
#[derive(Encrypted)]
#[diesel(table_name = notes, treat_none_as_default_value = true)]
#[encrypted(model = Note, firm = firm_id, derive(Insertable))]
struct DefaultNote {
    id: i64,
    firm_id: String,
    title: Option<String>,
    #[diesel(treat_none_as_default_value = false)]
    color: Option<String>,
    #[encrypted]
    body: Option<String>,
    #[encrypted(index(author_term))]
    author: Option<String>,
}

/// The other way round.
#[derive(Encrypted)]
#[diesel(table_name = notes, treat_none_as_default_value = false)]
#[encrypted(model = Note, firm = firm_id, derive(Insertable, AsChangeset))]
struct NullNote {
    id: i64,
    firm_id: String,
    title: Option<String>,
    #[diesel(treat_none_as_default_value = true, treat_none_as_null = true)]
    color: Option<String>,
    #[encrypted]
    body: Option<String>,
    #[encrypted(index(author_term))]
    #[diesel(treat_none_as_default_value = true, treat_none_as_null = true)]
    author: Option<String>,
}

fn tables(backend: Backend) -> String {
    let plain = "CREATE TABLE notes (id BIGINT PRIMARY KEY, firm_id TEXT NOT NULL, title TEXT DEFAULT 'untitled', \
                 color TEXT DEFAULT 'white')";
    super::tables::<Note>(backend, plain)
}

fn full(id: i64) -> Note {
    Note {
        id,
        firm_id: "acme".into(),
        title: Some("title".into()),
        color: Some("red".into()),
        body: Some(secret("body")),
        author: Some(secret("author")),
    }
}

fn empty(id: i64) -> Note {
    Note { id, firm_id: "acme".into(), title: None, color: None, body: None, author: None }
}

macro_rules! stored {
    ($conn:expr, $session:expr, $id:expr) => {{
        let row = notes::table.find($id).select(SealedNote::as_select()).first($conn).unwrap();
        $session.open(row).unwrap()
    }};
}

on_both! {
    fn an_update_sets_null_where_the_struct_or_field_says_so(conn, session) of tables {
        diesel::insert_into(notes::table).values(session.seal(&[full(1), full(2)][..]).unwrap()).execute(conn).unwrap();
        let twin = session.seal(&empty(1)).unwrap();
        diesel::update(notes::table.find(1)).set(&twin).execute(conn).unwrap();
        assert_eq!(stored!(conn, session, 1), Note { color: Some("red".into()), ..empty(1) });
        let terms = notes::table.filter(notes::author_term.is_null()).count().get_result::<i64>(conn);
        assert_eq!(terms.unwrap(), 1, "the term goes with its cell");

        let null = NullNote { id: 2, firm_id: "acme".into(), title: None, color: None, body: None, author: None };
        let twin = session.seal(&null).unwrap();
        diesel::update(notes::table.find(2)).set(&twin).execute(conn).unwrap();
        assert_eq!(stored!(conn, session, 2), Note { color: None, author: None, ..full(2) });
    }

    fn an_insert_writes_null_or_default_as_struct_and_field_say(conn, session) of tables {
        diesel::insert_into(notes::table).values(session.seal(&[full(9), empty(1)][..]).unwrap()).execute(conn).unwrap();
        // Diesel's own default for plain fields.
        let defaults = Note { title: Some("untitled".into()), color: Some("white".into()), ..empty(1) };
        assert_eq!(stored!(conn, session, 1), defaults);
        let of = |id| DefaultNote { id, firm_id: "acme".into(), title: None, color: None, body: None, author: None };
        diesel::insert_into(notes::table).values(session.seal(&of(2)).unwrap()).execute(conn).unwrap();
        let full = DefaultNote { body: Some(secret(3)), author: Some(secret(3)), ..of(3) };
        diesel::insert_into(notes::table).values(session.seal(&[full, of(4)][..]).unwrap()).execute(conn).unwrap();
        let untitled = |id| Note { title: Some("untitled".into()), ..empty(id) };
        assert_eq!(stored!(conn, session, 2), untitled(2));
        assert_eq!(stored!(conn, session, 3), Note { body: Some(secret(3)), author: Some(secret(3)), ..untitled(3) });
        assert_eq!(stored!(conn, session, 4), untitled(4));

        let null = NullNote { id: 5, firm_id: "acme".into(), title: None, color: None, body: None, author: None };
        let twin = session.seal(&null).unwrap();
        diesel::insert_into(notes::table).values(&twin).execute(conn).unwrap();
        assert_eq!(stored!(conn, session, 5), Note { color: Some("white".into()), ..empty(5) });
    }
}

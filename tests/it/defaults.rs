//! What `None` inserts: the database's DEFAULT into a plain column, as without sealing; NULL into a sealed one.

use diesel::connection::SimpleConnection as _;
use diesel::debug_query;
use diesel::pg::Pg;
use diesel::prelude::*;
use fieldseal::{Encrypted, testing};

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    profiles (id) {
        id -> Text,
        theme -> Text,
        motto -> Nullable<Text>,
        notes -> Nullable<FieldsealTextColumn>,
        notes_term -> Nullable<FieldsealTextTerm>,
    }
}

#[derive(Encrypted)]
#[diesel(table_name = profiles)]
#[encrypted(firm = platform, row = none, derive(Queryable, Selectable))]
struct Profile {
    #[encrypted(index(notes_term))]
    notes: Option<String>,
}

#[derive(Encrypted)]
#[diesel(table_name = profiles)]
#[encrypted(model = Profile, row = none, derive(Insertable))]
struct NewProfile {
    id: String,
    theme: Option<String>,
    #[diesel(treat_none_as_default_value = false)]
    motto: Option<String>,
    #[encrypted(index(notes_term))]
    notes: Option<String>,
}

/// As the whole struct says.
#[derive(Encrypted)]
#[diesel(table_name = profiles, treat_none_as_default_value = false)]
#[encrypted(model = Profile, row = none, derive(Insertable))]
struct NullProfile {
    id: String,
    motto: Option<String>,
    #[encrypted(index(notes_term))]
    notes: Option<String>,
}

const TABLE: &str = "CREATE TABLE profiles (id TEXT PRIMARY KEY, theme TEXT NOT NULL DEFAULT 'browser', \
    motto TEXT DEFAULT 'none yet', notes BLOB DEFAULT 'plaintext', notes_term BLOB DEFAULT 'plaintext')";

fn new() -> NewProfile {
    NewProfile { id: "p1".into(), theme: None, motto: None, notes: None }
}

#[test]
fn none_is_default_in_plain_columns_and_null_in_sealed_ones() {
    let session = testing::vault().blocking().platform().unwrap();
    let insert = diesel::insert_into(profiles::table).values(session.seal(&new()).unwrap());
    let sql = debug_query::<Pg, _>(&insert).to_string();
    let expected = r#"("id", "theme", "motto", "notes", "notes_term") VALUES ($1, DEFAULT, $2, $3, $4)"#;
    assert!(sql.contains(expected), "{sql}");

    let null = NullProfile { id: "p1".into(), motto: None, notes: None };
    let insert = diesel::insert_into(profiles::table).values(session.seal(&null).unwrap());
    let sql = debug_query::<Pg, _>(&insert).to_string();
    assert!(sql.contains("VALUES ($1, $2, $3, $4)"), "{sql}");
}

#[test]
fn the_databases_defaults_reach_plain_columns_alone() {
    let session = testing::vault().blocking().platform().unwrap();
    let mut conn = crate::support::sqlite::memory();
    conn.batch_execute(TABLE).unwrap();
    diesel::insert_into(profiles::table).values(session.seal(&new()).unwrap()).execute(&mut conn).unwrap();
    let plain = profiles::table.select((profiles::theme, profiles::motto));
    assert_eq!(plain.first::<(String, Option<String>)>(&mut conn).unwrap(), ("browser".to_owned(), None));
    let nulls = profiles::table.filter(profiles::notes.is_null().and(profiles::notes_term.is_null()));
    assert_eq!(nulls.count().get_result::<i64>(&mut conn), Ok(1));
    let row = profiles::table.select(SealedProfile::as_select()).first(&mut conn).unwrap();
    assert_eq!(session.open(row).unwrap().notes, None);
}

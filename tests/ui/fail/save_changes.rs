//! `save_changes` of what holds plaintext.

#[path = "../common.rs"]
mod common;
use common::*;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    notes (id) {
        id -> Text,
        firm_id -> Text,
        body -> FieldsealText,
    }
}

#[derive(Encrypted, Identifiable)]
#[diesel(table_name = notes)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset, Identifiable))]
struct Note {
    id: String,
    firm_id: String,
    #[encrypted]
    body: String,
}

fn save(conn: &mut SqliteConnection, note: &Note) -> Result<Note> {
    Ok(note.save_changes::<Note>(conn)?)
}

fn main() {}

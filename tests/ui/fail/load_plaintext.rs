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

/// The order of the table is that of the struct.
#[derive(Encrypted)]
#[diesel(table_name = notes)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset, Identifiable))]
struct Note {
    id: String,
    firm_id: String,
    #[encrypted]
    body: String,
}

fn load(conn: &mut SqliteConnection) -> Result<Vec<Note>> {
    Ok(notes::table.load::<Note>(conn)?)
}

fn first(conn: &mut SqliteConnection) -> Result<Note> {
    Ok(notes::table.first(conn)?)
}

fn returned(conn: &mut SqliteConnection, sealed: SealedNote) -> Result<Note> {
    Ok(diesel::insert_into(notes::table).values(sealed).get_result::<Note>(conn)?)
}

fn in_another_order(conn: &mut SqliteConnection) -> Result<Vec<Client>> {
    Ok(clients::table.load::<Client>(conn)?)
}

fn main() {}

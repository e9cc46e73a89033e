//! A scope takes a closure: what is built before it has lost the session.

#[path = "../common.rs"]
mod common;
use common::{Encrypted, Result, Session};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    notes (id) {
        id -> Text,
        firm_id -> Text,
        body -> FieldsealText,
    }
}

#[derive(Encrypted)]
#[diesel(table_name = notes)]
#[encrypted(ambient, firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct Note {
    id: String,
    firm_id: String,
    #[encrypted]
    body: String,
}

async fn write(conn: &mut AsyncPgConnection, session: &Session, note: &Note) -> Result {
    session.scope(diesel::insert_into(notes::table).values(note).execute(conn)).await?;
    Ok(())
}

async fn read(conn: &mut AsyncPgConnection, session: &Session) -> Result<Note> {
    Ok(session.scope(async { notes::table.select(Note::as_select()).first(conn).await }).await?)
}

fn main() {}

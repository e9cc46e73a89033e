use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use fieldseal::Encrypted;

use crate::forum::newtypes::PersonId;
use crate::forum::schema::person_actions;

/// What a person thinks of another, seen by nobody else.
#[derive(Debug, PartialEq, Identifiable, Encrypted)]
#[encrypted(ambient, firm = platform, row = (person_id, target_id), derive(Insertable, Queryable, Selectable))]
#[diesel(table_name = person_actions, primary_key(person_id, target_id))]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct PersonActions {
    pub person_id: PersonId,
    pub target_id: PersonId,
    #[encrypted(handle = note_cell)]
    pub note: Option<String>,
}

impl PersonActions {
    pub async fn read(conn: &mut AsyncPgConnection, by: PersonId, of: PersonId) -> QueryResult<Option<Self>> {
        person_actions::table.find((by, of)).select(Self::as_select()).first(conn).await.optional()
    }

    /// Notes something about a person.
    pub async fn note(conn: &mut AsyncPgConnection, by: PersonId, of: PersonId, note: &str) -> QueryResult<Self> {
        let form = Self { person_id: by, target_id: of, note: Some(note.to_owned()) };
        diesel::insert_into(person_actions::table)
            .values(&form)
            .on_conflict((person_actions::person_id, person_actions::target_id))
            .do_update()
            .set(person_actions::note.eq(excluded(person_actions::note)))
            .returning(Self::as_returning())
            .get_result(conn)
            .await
    }
}

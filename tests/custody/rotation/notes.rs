//! A small model with an index, and one with a unique index.

use diesel::connection::SimpleConnection;
use fieldseal::schema::{Backend, migration};
use fieldseal::{Encrypted, Session};

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    notes (id) {
        id -> BigInt,
        firm -> Text,
        body -> FieldsealText,
        body_term -> FieldsealTextTerm,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    logins (id) {
        id -> BigInt,
        firm -> Text,
        name -> FieldsealText,
        name_term -> FieldsealTextTerm,
    }
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = notes)]
#[encrypted(firm = firm, derive(Insertable, Queryable, Selectable))]
pub(super) struct Note {
    pub(super) id: i64,
    pub(super) firm: String,
    #[encrypted(index(body_term, normalize = none))]
    pub(super) body: String,
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = logins)]
#[encrypted(firm = firm, derive(Insertable, Queryable, Selectable))]
pub(super) struct Login {
    id: i64,
    firm: String,
    #[encrypted(index(name_term, normalize = none, unique))]
    name: String,
}

/// Makes the table.
pub(super) fn create(conn: &mut impl SimpleConnection, backend: Backend) {
    conn.batch_execute("CREATE TABLE notes (id BIGINT PRIMARY KEY, firm TEXT NOT NULL);").unwrap();
    conn.batch_execute(&migration::<Note>(backend).up).unwrap();
}

pub(super) fn note(id: i64, firm: &str) -> Note {
    Note { id, firm: firm.to_owned(), body: format!("body {}", id % 10) }
}

/// The data-key version that a note sealed now carries.
pub(super) fn sealing(session: &Session) -> u32 {
    let sealed = session.seal(&note(1, &session.firm().to_string().replace("text:", ""))).unwrap();
    fieldseal::envelope::Head::parse(sealed.body.as_bytes().unwrap()).unwrap().version()
}

/// The index-key version that the term of a note sealed now carries.
pub(super) fn indexing(session: &Session) -> u8 {
    let sealed = session.seal(&note(1, &session.firm().to_string().replace("text:", ""))).unwrap();
    sealed.body_term.as_bytes().unwrap()[0]
}

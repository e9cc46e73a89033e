// What the guide's examples share: included by hidden lines of their code blocks.

#[allow(unused_imports, reason = "not every page needs it")]
use diesel::prelude::*;
#[allow(unused_imports, reason = "not every page needs it")]
use fieldseal::{Encrypted, Session, testing};

mod schema {
    diesel::table! {
        use diesel::sql_types::*;
        use fieldseal::schema_types::*;

        clients (id) {
            id -> Text,
            firm_id -> Text,
            name -> Text,
            email -> FieldsealText,
            notes -> Nullable<FieldsealText>,
            email_term -> FieldsealTextTerm,
        }
    }

    diesel::table! {
        use diesel::sql_types::*;
        use fieldseal::schema_types::*;

        matters (id) {
            id -> BigInt,
            firm_id -> Text,
            client_id -> Text,
            title -> FieldsealText,
        }
    }

    diesel::joinable!(matters -> clients (client_id));
    diesel::allow_tables_to_appear_in_same_query!(clients, matters);
}

#[allow(unused_imports, reason = "not every page needs it")]
use schema::{clients, matters};

/// Both tables, in memory.
#[allow(dead_code, reason = "not every page needs it")]
fn connect() -> SqliteConnection {
    let mut conn = SqliteConnection::establish(":memory:").expect("SQLite opens in memory");
    diesel::connection::SimpleConnection::batch_execute(
        &mut conn,
        "CREATE TABLE clients (id TEXT PRIMARY KEY, firm_id TEXT NOT NULL, name TEXT NOT NULL,
             email BLOB NOT NULL, notes BLOB, email_term BLOB NOT NULL);
         CREATE TABLE matters (id BIGINT PRIMARY KEY, firm_id TEXT NOT NULL, client_id TEXT NOT NULL,
             title BLOB NOT NULL);",
    )
    .expect("the tables are new");
    conn
}

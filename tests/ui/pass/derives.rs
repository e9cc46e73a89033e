//! Diesel's derives on twins.

#![deny(warnings)]
#![allow(dead_code, reason = "compiled, and not run")]

use diesel::prelude::*;
use fieldseal::Encrypted;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    clients (id) {
        id -> Text,
        firm_id -> Text,
        email -> FieldsealText,
        email_term -> FieldsealTextTerm,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    matters (id) {
        id -> Text,
        firm_id -> Text,
        client_id -> Text,
        title -> Nullable<FieldsealText>,
    }
}

diesel::joinable!(matters -> clients (client_id));
diesel::allow_tables_to_appear_in_same_query!(clients, matters);

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = clients, check_for_backend(diesel::sqlite::Sqlite))]
#[encrypted(firm = firm_id, derive(Insertable, HasQuery, Identifiable, QueryableByName, PartialEq))]
struct Client {
    id: String,
    firm_id: String,
    #[encrypted(index(email_term))]
    email: String,
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = matters, belongs_to(SealedClient, foreign_key = client_id))]
#[encrypted(
    firm = firm_id,
    derive(Insertable, Queryable, Selectable, Identifiable, Associations, AsChangeset, serde::Serialize)
)]
struct Matter {
    id: String,
    firm_id: String,
    client_id: String,
    #[encrypted]
    title: Option<String>,
}

#[test]
fn twins_are_what_diesel_makes_of_them() {
    let vault = fieldseal::testing::vault();
    let session = vault.blocking().session("acme").unwrap();
    let mut conn = SqliteConnection::establish(":memory:").unwrap();
    for table in [
        "clients (id TEXT PRIMARY KEY, firm_id TEXT NOT NULL, email BLOB NOT NULL, email_term BLOB NOT NULL)",
        "matters (id TEXT PRIMARY KEY, firm_id TEXT NOT NULL, client_id TEXT NOT NULL, title BLOB)",
    ] {
        diesel::sql_query(format!("CREATE TABLE {table}")).execute(&mut conn).unwrap();
    }
    let client = Client { id: "c1".into(), firm_id: "acme".into(), email: "a@b.c".into() };
    let matter = Matter { id: "m1".into(), firm_id: "acme".into(), client_id: "c1".into(), title: Some("will".into()) };
    diesel::insert_into(clients::table).values(session.seal(&client).unwrap()).execute(&mut conn).unwrap();
    diesel::insert_into(matters::table).values(&session.seal(&matter).unwrap()).execute(&mut conn).unwrap();

    let sealed = SealedClient::query().first(&mut conn).unwrap();
    let found = SealedMatter::belonging_to(&sealed).select(SealedMatter::as_select()).first(&mut conn).unwrap();
    assert_eq!(session.open((sealed, found)).unwrap(), (client.clone(), matter.clone()));

    let raw: Vec<SealedClient> = diesel::sql_query("SELECT * FROM clients").load(&mut conn).unwrap();
    assert_eq!(session.open(raw).unwrap(), [client]);

    let cell = matters::table.select(Matter::title().cell()).first(&mut conn).unwrap();
    assert_eq!(Matter::title().open(&session, cell).unwrap().as_deref(), Some("will"));

    // A changeset for another row than its cells are bound to changes nothing.
    let other = Matter { id: "m2".into(), title: None, ..matter.clone() };
    diesel::insert_into(matters::table).values(session.seal(&other).unwrap()).execute(&mut conn).unwrap();
    let stray = session.seal(&Matter { title: Some("trust".into()), ..other }).unwrap();
    diesel::update(matters::table.find("m1")).set(&stray).execute(&mut conn).unwrap_err();
    let kept = matters::table.find("m1").select(SealedMatter::as_select()).first(&mut conn).unwrap();
    assert_eq!(session.open(kept).unwrap(), matter);
}

/// Diesel's own derive, of what holds no cell.
#[derive(Debug, Clone, Encrypted, AsChangeset)]
#[diesel(table_name = clients)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct Moved {
    id: String,
    firm_id: String,
    #[encrypted(index(email_term))]
    #[diesel(skip_update)]
    email: String,
}

#[test]
fn plain_fields_are_updated_by_diesels_own_derive() {
    let moved = Moved { id: "1".into(), firm_id: "acme".into(), email: "a@b.c".into() };
    let update = diesel::update(clients::table.find(&moved.id)).set(&moved);
    let sql = diesel::debug_query::<diesel::sqlite::Sqlite, _>(&update).to_string();
    assert!(sql.starts_with("UPDATE `clients` SET `firm_id` = ? WHERE"), "{sql}");
}

//! Forms with lifetimes and generics, with parts of Diesel's own, and the statements that they make.

#![deny(warnings)]
#![allow(dead_code, reason = "compiled, and not run")]

use std::borrow::Cow;

use diesel::prelude::*;
use fieldseal::{Encode, Encrypted, Session};

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    clients (id, part) {
        id -> Text,
        part -> BigInt,
        firm_id -> Text,
        name -> Text,
        nick -> Nullable<Text>,
        email -> FieldsealText,
        email_term -> FieldsealTextTerm,
        notes -> Nullable<FieldsealText>,
        notes_term -> Nullable<FieldsealTextTerm>,
        intake -> FieldsealJson,
    }
}

#[derive(Debug, Clone, Encrypted)]
#[diesel(table_name = clients, primary_key(id, part))]
#[encrypted(firm = firm_id, row = (id, part), derive(Insertable, Queryable, Selectable, AsChangeset, Identifiable))]
pub struct Client {
    pub id: String,
    pub part: i64,
    pub firm_id: String,
    pub name: String,
    #[encrypted(index(email_term))]
    pub email: String,
    #[encrypted(index(notes_term))]
    pub notes: Option<String>,
    #[encrypted(json)]
    pub intake: Vec<u8>,
}

/// The lifetime is that of sealed fields alone.
#[derive(Encrypted)]
#[diesel(table_name = clients, primary_key(id, part))]
#[encrypted(model = Client, row = (id, part), derive(AsChangeset))]
pub struct Borrowed<'a> {
    #[encrypted(index(email_term))]
    pub email: &'a str,
    #[encrypted(index(notes_term))]
    pub notes: Option<Cow<'a, str>>,
    #[encrypted(json)]
    pub intake: &'a [u8],
}

#[derive(Encrypted)]
#[diesel(table_name = clients, primary_key(id, part))]
#[encrypted(model = Client, firm = firm_id, row = (id, part), derive(Insertable))]
pub struct Generic<'a, T: Encode<Form = diesel::sql_types::Text> + 'a, J>
where
    J: serde::Serialize + 'a,
{
    pub id: &'a str,
    pub part: i64,
    pub firm_id: &'a str,
    pub name: String,
    #[encrypted(index(email_term))]
    pub email: T,
    #[encrypted(json)]
    pub intake: &'a J,
}

#[derive(Debug, Clone, Insertable, AsChangeset, Queryable, Selectable)]
#[diesel(table_name = clients)]
pub struct Names {
    pub name: String,
    pub nick: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Upper(pub String);

impl From<Upper> for String {
    fn from(upper: Upper) -> Self {
        upper.0.to_uppercase()
    }
}

/// Plain fields keep what Diesel's derives know.
#[derive(Encrypted)]
#[diesel(table_name = clients, primary_key(id, part))]
#[encrypted(model = Client, firm = firm_id, row = (id, part), derive(Insertable, AsChangeset))]
pub struct Converted {
    pub id: String,
    pub part: i64,
    pub firm_id: String,
    #[diesel(serialize_as = String)]
    pub name: Upper,
    #[encrypted(index(notes_term))]
    #[diesel(skip_insertion, treat_none_as_null = true)]
    pub notes: Option<String>,
}

#[derive(Encrypted)]
#[diesel(table_name = clients, primary_key(id, part))]
#[encrypted(model = Client, row = (id, part), derive(AsChangeset))]
pub struct ConvertedPatch {
    #[diesel(serialize_as = String)]
    pub nick: Option<Upper>,
    #[encrypted(index(notes_term))]
    #[diesel(skip_update)]
    pub notes: Option<String>,
}

#[derive(Encrypted)]
#[diesel(table_name = clients, primary_key(id, part))]
#[encrypted(
    model = Client,
    firm = firm_id,
    row = (id, part),
    derive(diesel::Insertable, diesel::AsChangeset, Queryable, Selectable)
)]
pub struct Embedding {
    pub id: String,
    pub part: i64,
    pub firm_id: String,
    // The name of a sealed column, but not a column.
    #[diesel(embed)]
    pub email: Names,
    #[encrypted(index(notes_term))]
    pub notes: Option<String>,
}

fn statements(session: &Session, client: Client, converted: &Converted, embedding: &Embedding) -> Vec<String> {
    let key = || ("c1".to_owned(), 1);
    let borrowed = Borrowed { email: "a@b.c", notes: None, intake: b"x" };
    let generic = Generic { id: "c1", part: 1, firm_id: "acme", name: "N".into(), email: "a@b.c", intake: &[1, 2] };
    let nick = ConvertedPatch { nick: Some(Upper("n".into())), notes: Some("not updated".into()) };
    let sealed = session.seal_for(key(), &borrowed).unwrap();
    let target = || clients::table.find(key());
    vec![
        sql(&diesel::insert_into(clients::table).values(session.seal(&client).unwrap())),
        sql(&diesel::insert_into(clients::table).values(&session.seal(&client).unwrap())),
        sql(&diesel::insert_into(clients::table).values(session.seal(&generic).unwrap())),
        sql(&diesel::insert_into(clients::table).values(session.seal(converted).unwrap())),
        sql(&diesel::insert_into(clients::table).values(session.seal(embedding).unwrap())),
        sql(&diesel::update(target()).set(session.seal(&client).unwrap())),
        sql(&diesel::update(target()).set(&sealed)),
        sql(&diesel::update(target()).set(sealed.clone())),
        sql(&diesel::update(target()).set(session.seal(converted).unwrap())),
        sql(&diesel::update(target()).set(session.seal(embedding).unwrap())),
        sql(&diesel::update(target()).set(session.seal_for(key(), &nick).unwrap())),
    ]
}

fn sql<T: diesel::query_builder::QueryFragment<diesel::sqlite::Sqlite>>(query: &T) -> String {
    let text = diesel::debug_query::<diesel::sqlite::Sqlite, _>(query).to_string();
    text.split(" -- binds").next().unwrap().replace('`', "")
}

#[test]
fn forms_make_whole_statements() {
    let vault = fieldseal::testing::vault();
    let session = vault.blocking().session("acme").unwrap();
    let id = || String::from("c1");
    let client = Client {
        id: id(),
        part: 1,
        firm_id: "acme".into(),
        name: "N".into(),
        email: "a@b.c".into(),
        notes: None,
        intake: vec![],
    };
    let converted = Converted { id: id(), part: 1, firm_id: "acme".into(), name: Upper("n".into()), notes: None };
    let names = Names { name: "N".into(), nick: None };
    let embedding = Embedding { id: id(), part: 1, firm_id: "acme".into(), email: names, notes: None };
    let insert = |columns: &str, values: &str| format!("INSERT INTO clients ({columns}) VALUES ({values})");
    let update = |set: &str| format!("UPDATE clients SET {set} WHERE ((clients.id = ?) AND (clients.part = ?))");
    let whole =
        insert("id, part, firm_id, name, email, notes, intake, email_term, notes_term", "?, ?, ?, ?, ?, ?, ?, ?, ?");
    let bound = "id = ?, part = ?, firm_id = ?";
    let expected = [
        whole.clone(),
        whole,
        insert("id, part, firm_id, name, email, intake, email_term", "?, ?, ?, ?, ?, ?, ?"),
        insert("id, part, firm_id, name", "?, ?, ?, ?"),
        insert("id, part, firm_id, name, notes, notes_term", "?, ?, ?, ?, ?, ?"),
        update(&format!("name = ?, email = ?, email_term = ?, intake = ?, {bound}")),
        update(&format!("email = ?, email_term = ?, intake = ?, {bound}")),
        update(&format!("email = ?, email_term = ?, intake = ?, {bound}")),
        update(&format!("name = ?, notes = ?, notes_term = ?, {bound}")),
        update("name = ?"),
        update("nick = ?"),
    ];
    assert_eq!(statements(&session, client, &converted, &embedding), expected);
}

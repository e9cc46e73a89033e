//! Twins type-check and print for MySQL. No server and no libmysqlclient are needed: nothing is run.

#![allow(clippy::unwrap_used, reason = "a test stops at the first failure, where it stands")]

use diesel::mysql::Mysql;
use diesel::prelude::*;
use diesel::query_builder::{QueryFragment, QueryId};
use fieldseal::{Encrypted, Session};

use tables::clients;

mod tables {
    diesel::table! {
        use diesel::sql_types::*;
        use fieldseal::schema_types::*;

        clients (id) {
            id -> BigInt,
            firm_id -> BigInt,
            name -> Text,
            email -> FieldsealText,
            email_term -> FieldsealTextTerm,
            notes -> Nullable<FieldsealText>,
            phone -> FieldsealText,
            phone_term -> FieldsealTextTerm,
        }
    }
}

#[derive(Encrypted)]
#[diesel(table_name = clients, check_for_backend(Mysql))]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset, Identifiable))]
struct Client {
    id: i64,
    firm_id: i64,
    name: String,
    #[encrypted(index(email_term, normalize = email, unique))]
    email: String,
    #[encrypted]
    notes: Option<String>,
    #[encrypted(index(phone_term, normalize = digits, bits = 12))]
    phone: String,
}

#[derive(Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(model = Client, derive(AsChangeset))]
struct Patch<'a> {
    #[encrypted]
    notes: Option<Option<&'a str>>,
}

fn session() -> Session {
    let vault = fieldseal::testing::vault().blocking();
    vault.create_firm(7i64).unwrap();
    vault.session(7i64).unwrap()
}

fn client(id: i64) -> Client {
    let (name, email, phone) = ("Ada".to_owned(), "ada@example.org".to_owned(), "555".to_owned());
    Client { id, firm_id: 7, name, email, notes: None, phone }
}

fn sql<Q: QueryFragment<Mysql> + QueryId>(query: &Q) -> String {
    diesel::debug_query::<Mysql, _>(query).to_string()
}

#[test]
fn inserts_type_check() {
    let session = session();
    let one = diesel::insert_into(clients::table).values(session.seal(&client(1)).unwrap());
    assert!(sql(&one).starts_with("INSERT INTO `clients` (`id`, `firm_id`, `name`, `email`, `notes`"), "{}", sql(&one));
    assert!(sql(&one).contains("<sealed, 57 bytes>"), "{}", sql(&one));
    let many = diesel::insert_into(clients::table).values(session.seal(&[client(1), client(2)][..]).unwrap());
    assert!(sql(&many).contains("), ("), "{}", sql(&many));
    let twin = session.seal(&client(1)).unwrap();
    let upsert = diesel::insert_into(clients::table).values(&twin).on_conflict(diesel::dsl::DuplicatedKeys);
    let upsert = upsert.do_update().set(&twin);
    assert!(sql(&upsert).contains("ON DUPLICATE KEY UPDATE"), "{}", sql(&upsert));
}

#[test]
fn selects_type_check() {
    let session = session();
    let by_email = clients::table.filter(Client::email().eq(&session, "ADA@example.org").unwrap()).limit(3);
    let twins = by_email.select(SealedClient::as_select());
    assert!(sql(&twins).contains("`email_term` IN (?)"), "{}", sql(&twins));
    let cells = clients::table.select((clients::name, Client::email().cell(), Client::notes().cell().nullable()));
    assert!(sql(&cells).contains("`clients`.`email`"), "{}", sql(&cells));
    let finder = Client::phone().find(&session, "5-5-5").unwrap().by(|row: &SealedClient| row.id).limit(10);
    let found = finder.load(&session, |page| {
        let query = clients::table.filter(page.candidates()).filter(page.after(clients::id)).limit(page.size());
        let printed = sql(&query.order(clients::id).select(SealedClient::as_select()));
        assert!(printed.contains("`phone_term` IN (?)"), "{printed}");
        Ok(vec![session.seal(&client(1)).unwrap()])
    });
    assert_eq!(found.unwrap().len(), 1);
}

#[test]
fn updates_and_deletes_type_check() {
    let session = session();
    let twin = session.seal(&client(1)).unwrap();
    let by_twin = diesel::update(clients::table.find(1)).set(&twin);
    assert!(sql(&by_twin).contains("`email` = ?, `email_term` = ?"), "{}", sql(&by_twin));
    let patch = session.seal_for(1, &Patch { notes: Some(None) }).unwrap();
    let by_patch = diesel::update(clients::table.find(1)).set(patch);
    assert!(sql(&by_patch).starts_with("UPDATE `clients` SET `notes` = ?, `id` = ?"), "{}", sql(&by_patch));
    let by_handle = diesel::update(clients::table.find(1)).set(Client::email().set(&session, 1, "x").unwrap());
    assert!(sql(&by_handle).contains("`email_term` = ?"), "{}", sql(&by_handle));
    let by_email = diesel::delete(clients::table.filter(Client::email().eq(&session, "x").unwrap()));
    assert!(sql(&by_email).starts_with("DELETE FROM `clients`"), "{}", sql(&by_email));
}

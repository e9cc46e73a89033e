//! What a service does in one request: the ambient and the explicit form of one table, side by side.

use diesel::prelude::*;

use super::models::*;
use super::session;
use crate::backends::sqlite_database;
use crate::models::client::{Client as Explicit, SealedClient as SealedExplicit, clients};

#[test]
fn both_forms_read_what_the_other_wrote() {
    let (session, mut conn) = (session(), sqlite_database());
    session.scope_sync(|| diesel::insert_into(clients::table).values(&client(1)).execute(&mut conn).unwrap());
    let row = clients::table.select(SealedExplicit::as_select()).first(&mut conn).unwrap();
    let opened: Explicit = session.open(row).unwrap();
    assert_eq!(opened, crate::models::client::client(1));

    // The twin of an ambient model is written and read without any scope.
    diesel::insert_into(clients::table).values(session.seal(&client(2)).unwrap()).execute(&mut conn).unwrap();
    let row = clients::table.find(client(2).id).select(SealedClient::as_select()).first(&mut conn).unwrap();
    assert_eq!(session.open(row).unwrap(), client(2));
    let loaded: Client =
        session.scope_sync(|| clients::table.find(client(2).id).select(Client::as_select()).first(&mut conn)).unwrap();
    assert_eq!(loaded, client(2));
}

#[test]
fn a_borrowed_form_is_inserted() {
    let (session, mut conn) = (session(), sqlite_database());
    let wanted = Client { notes: None, phone: None, visits: 3, ..client(1) };
    let form = NewClient {
        id: &wanted.id,
        firm_id: &wanted.firm_id,
        display_name: &wanted.display_name,
        email: &wanted.email,
        intake: &wanted.intake,
        visits: 3,
        tax_id: &wanted.tax_id,
    };
    let loaded = session.scope_sync(|| {
        diesel::insert_into(clients::table).values(&form).execute(&mut conn).unwrap();
        clients::table.select(Client::as_select()).first::<Client>(&mut conn).unwrap()
    });
    assert_eq!(loaded, wanted);
}

/// A tuple of an ambient row and a column, as `(&row, column.eq(…))`.
#[test]
fn a_tuple_adds_columns() {
    let (session, mut conn) = (session(), sqlite_database());
    let loaded = session.scope_sync(|| {
        let keyed = KeyedPatch { id: client(1).id, display_name: None, notes: Some(None) };
        diesel::insert_into(clients::table).values(&client(1)).execute(&mut conn).unwrap();
        let row = clients::table.find(client(1).id);
        diesel::update(row).set((&keyed, clients::display_name.eq("tuple"))).execute(&mut conn).unwrap();
        let update = diesel::update(clients::table.find(client(1).id));
        update
            .set((Client::visits().scoped_set(client(1).id, 8i64), clients::display_name.eq("two")))
            .execute(&mut conn)
            .unwrap();
        clients::table.select(Client::as_select()).first::<Client>(&mut conn).unwrap()
    });
    assert_eq!(loaded, Client { notes: None, visits: 8, display_name: "two".into(), ..client(1) });
}

#[test]
fn queries_print_no_plaintext() {
    let session = session();
    session.scope_sync(|| {
        let secret = Client { notes: Some("hunter2".into()), email: "hunter2@b.c".into(), ..client(1) };
        let insert = diesel::insert_into(clients::table).values(&secret);
        let set = diesel::update(clients::table.find("x")).set(Client::email().scoped_set("x", "hunter2"));
        let found = clients::table.filter(Client::email().scoped_eq("hunter2"));
        let texts = [
            diesel::debug_query::<diesel::pg::Pg, _>(&insert).to_string(),
            diesel::debug_query::<diesel::pg::Pg, _>(&set).to_string(),
            diesel::debug_query::<diesel::pg::Pg, _>(&found).to_string(),
            format!("{insert:?} {set:?} {found:?}"),
        ];
        for text in texts {
            assert!(text.contains("sealed, ") || text.contains("term, "), "{text}");
            assert!(!text.contains("hunter2"), "{text}");
        }
    });
}

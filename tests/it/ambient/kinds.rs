//! Composite keys, forms without their key, rows without binding, global indexes.

use diesel::prelude::*;
use fieldseal::Session;

use super::models::*;
use super::{assert_lost, code, session};
use crate::backends::sqlite_database;
use crate::models::client::clients;
use crate::models::ledger::ledger;
use crate::models::user::users;

fn seats_database() -> SqliteConnection {
    let mut conn = crate::support::sqlite::memory();
    diesel::sql_query(SEATS).execute(&mut conn).unwrap();
    conn
}

#[test]
fn composite_keys_and_forms_without_them() {
    let (session, mut conn) = (session(), seats_database());
    let key = |number| ("acme".to_owned(), number);
    let (ada, bob) = (SeatForm { holder: "Ada", remark: None }, SeatForm { holder: "Bob", remark: Some("late") });
    let loaded = session.scope_sync(|| {
        diesel::insert_into(seats::table).values(ada.for_row(key(1))).execute(&mut conn).unwrap();
        let rows = vec![ada.for_row(key(2)), bob.for_row(key(3))];
        diesel::insert_into(seats::table).values(&rows).execute(&mut conn).unwrap();
        diesel::update(seats::table.find(key(1))).set(bob.for_row(key(1))).execute(&mut conn).unwrap();
        let set = Seat::remark().scoped_set(key(3), None::<String>);
        diesel::update(seats::table.find(key(3))).set(set).execute(&mut conn).unwrap();
        seats::table.order(seats::number).select(Seat::as_select()).load::<Seat>(&mut conn).unwrap()
    });
    let seat = |number, holder: &str, remark: Option<&str>| Seat {
        firm_id: "acme".into(),
        number,
        holder: holder.into(),
        remark: remark.map(Into::into),
    };
    assert_eq!(loaded, [seat(1, "Bob", Some("late")), seat(2, "Ada", None), seat(3, "Bob", None)]);
    // A cell sealed for one row and set into another: the keys are set with it, and no row can have them twice.
    session.scope_sync(|| {
        let moved = diesel::update(seats::table.find(key(2))).set(bob.for_row(key(1))).execute(&mut conn);
        assert!(matches!(moved, Err(diesel::result::Error::DatabaseError(..))), "{moved:?}");
    });
    assert_lost(diesel::insert_into(seats::table).values(ada.for_row(key(9))).execute(&mut conn), "Seat");
    assert_lost(diesel::update(seats::table.find(key(2))).set(bob.for_row(key(2))).execute(&mut conn), "Seat");
}

#[test]
fn rows_without_binding() {
    let (session, mut conn) = (session(), sqlite_database());
    let entry =
        |account: &str, amount| Entry { firm_id: "acme".into(), account: account.into(), country: "de".into(), amount };
    session.scope_sync(|| {
        let rows = vec![entry("DE 1", Some(1)), entry("DE 2", None)];
        diesel::insert_into(ledger::table).values(&rows).execute(&mut conn).unwrap();
        let found = ledger::table.filter(Entry::account().scoped_eq("de 2"));
        let set = Entry::amount().scoped_set((), 7i64);
        diesel::update(found).set(set).execute(&mut conn).unwrap();
        let all = ledger::table.order(ledger::id).select(Entry::as_select()).load(&mut conn).unwrap();
        assert_eq!(all, [entry("DE 1", Some(1)), entry("DE 2", Some(7))]);
        let found = ledger::table.filter(Entry::account().scoped_eq("de 1"));
        diesel::update(found).set(&entry("DE 3", Some(3))).execute(&mut conn).unwrap();
        let all = ledger::table.order(ledger::id).select(Entry::as_select()).load(&mut conn).unwrap();
        assert_eq!(all, [entry("DE 3", Some(3)), entry("DE 2", Some(7))]);
    });
    assert_lost(ledger::table.select(Entry::as_select()).load::<Entry>(&mut conn), "Entry");
}

#[test]
fn a_global_index_takes_a_session_with_the_right() {
    let vault = fieldseal::testing::vault().blocking();
    vault.create_firm("acme").unwrap();
    let (session, mut conn) = (vault.session("acme").unwrap(), sqlite_database());
    let user = User { id: 1, firm_id: "acme".into(), login: "ada@b.c".into(), phone: None };
    let lookup = || users::table.filter(User::login().scoped_eq("ADA@b.c")).select(User::as_select());
    session.scope_sync(|| {
        let insert = diesel::insert_into(users::table).values(&user);
        assert_eq!(code(insert.execute(&mut conn)), "seal.no_global_index");
        assert_eq!(code(lookup().first::<User>(&mut conn)), "lookup.no_global_index");
    });
    let right = vault.global_index().unwrap();
    session.with_global_index(&right).scope_sync(|| {
        diesel::insert_into(users::table).values(&user).execute(&mut conn).unwrap();
        assert_eq!(lookup().first::<User>(&mut conn).unwrap(), user);
    });
    assert_lost(lookup().first::<User>(&mut conn), "User");
}

/// Under 128 bits there is no `scoped_eq`: the loader takes the scope's session, and opens by itself.
#[test]
fn short_terms_are_looked_up_by_the_session_of_the_scope() {
    let (session, mut conn) = (session(), sqlite_database());
    let all: Vec<Client> = (0..20).map(client).collect();
    let found = session.scope_sync(|| {
        diesel::insert_into(clients::table).values(&all).execute(&mut conn).unwrap();
        let session = Session::current().unwrap();
        let finder = Client::phone().find(&session, all[3].phone.clone().unwrap()).unwrap();
        finder.by(|row: &SealedClient| row.id.clone()).load(&session, |page| {
            let query = clients::table.filter(page.candidates()).filter(page.after(clients::id)).order(clients::id);
            query.limit(page.size()).select(SealedClient::as_select()).load(&mut conn)
        })
    });
    assert_eq!(found.unwrap(), [all[3].clone()]);
}

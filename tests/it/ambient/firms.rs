//! No write goes in under the keys of another firm than its row's: sessions of firms that no row can have, row keys that
//! name another firm, and rows of other firms that a statement meets.

use diesel::prelude::*;
use fieldseal::{FirmId, LookupError, SealError, Session};
use uuid::Uuid;

use super::models::*;
use super::{code, session};
use crate::backends::sqlite_database;
use crate::models::client::clients;
use crate::models::sample::Sample;

/// Sessions of firms that the text column `clients.firm_id` can't hold.
fn of_another_sort() -> Vec<Session> {
    let vault = fieldseal::testing::vault().blocking();
    [FirmId::from(42i64), FirmId::from(Uuid::from_u128(42))]
        .map(|firm| {
            vault.create_firm(firm.clone()).unwrap();
            vault.session(firm).unwrap()
        })
        .into()
}

fn mail() -> ClientPatch<'static> {
    ClientPatch { email: Some("hunter2@b.c"), ..ClientPatch::default() }
}

#[track_caller]
fn assert_sort<T>(refused: Result<T, SealError>, session: &Session) {
    let error = refused.err().expect("no row can be this firm's");
    assert_eq!((error.code(), error.is_retryable()), ("seal.firm_sort", false));
    let text = error.to_string();
    assert!(text.starts_with(&format!("no row of `Client` can be firm {}'s", session.firm())), "{text}");
    assert!(text.ends_with("open the session by an id of that type") && !text.contains("hunter2"), "{text}");
}

#[test]
fn a_firm_of_another_sort_seals_nothing() {
    for session in of_another_sort() {
        assert_sort(session.seal_for("c1", &mail()), &session);
        assert_sort(Client::email().seal(&session, &"c1".to_owned(), "hunter2"), &session);
        assert_sort(Client::email().set(&session, "c1", "hunter2"), &session);
        assert_sort(Client::notes().set(&session, "c1", None::<String>), &session);
        assert_sort(Client::email().term(&session, "hunter2"), &session);
        assert_eq!(session.seal(&client(1)).unwrap_err().code(), "seal.wrong_firm");
        let lookup = Client::email().eq(&session, "hunter2").map(|_| ());
        assert!(matches!(lookup, Err(LookupError::WrongSession { model: "Client", .. })), "{lookup:?}");
        let lookup = Client::phone().find(&session, "hunter2").map(|_| ());
        assert!(matches!(lookup, Err(LookupError::WrongSession { .. })), "{lookup:?}");
    }
    // The other way round.
    let error = Sample::text().seal(&session(), &7, "hunter2").map(|_| ()).unwrap_err();
    assert_eq!(error.code(), "seal.firm_sort");
}

#[test]
fn a_firm_of_another_sort_writes_and_finds_nothing_in_its_scope() {
    let mut conn = sqlite_database();
    diesel::insert_into(clients::table).values(session().seal(&client(1)).unwrap()).execute(&mut conn).unwrap();
    let row = clients::table.find(client(1).id);
    let stored = |conn: &mut SqliteConnection| -> (String, Vec<u8>) {
        let twin: SealedClient = row.clone().select(SealedClient::as_select()).first(conn).unwrap();
        (twin.firm_id, twin.email.into_bytes().unwrap())
    };
    let before = stored(&mut conn);
    for session in of_another_sort() {
        session.scope_sync(|| {
            let patch = diesel::update(row.clone()).set(mail().for_row(client(1).id));
            assert_eq!(code(patch.execute(&mut conn)), "seal.firm_sort");
            let set = diesel::update(row.clone()).set(Client::email().scoped_set(client(1).id, "hunter2"));
            assert_eq!(code(set.execute(&mut conn)), "seal.firm_sort");
            let found = clients::table.filter(Client::email().scoped_eq("hunter2"));
            assert_eq!(code(found.count().get_result::<i64>(&mut conn)), "lookup.wrong_session");
            assert_eq!(code(row.clone().select(Client::as_select()).first(&mut conn).optional()), "open.wrong_firm");
        });
    }
    assert_eq!(stored(&mut conn), before);
}

/// Where the firm is a part of the row key, the key says whose row it is.
#[test]
fn a_row_key_that_names_another_firm_is_refused() {
    let (session, foreign) = (session(), ("bolt".to_owned(), 7));
    let form = SeatForm { holder: "hunter2", remark: None };
    let refusals = [
        session.seal_for(foreign.clone(), &form).map(|_| ()),
        Seat::holder().seal(&session, &foreign, "hunter2").map(|_| ()),
        Seat::holder().set(&session, foreign.clone(), "hunter2").map(|_| ()),
        Seat::remark().set(&session, foreign.clone(), None::<String>).map(|_| ()),
        session.scope_sync(|| Seat::holder().scoped_seal(&foreign, "hunter2")).map(|_| ()),
    ];
    for refused in refusals {
        let error = refused.unwrap_err();
        assert_eq!(error.code(), "seal.wrong_firm");
        let text = error.to_string();
        assert!(text.contains("a `Seat` of firm text:bolt") && text.contains("session of firm text:acme"), "{text}");
        assert!(!text.contains("hunter2"));
    }
}

#[test]
fn a_row_key_that_names_another_firm_fails_its_statement() {
    let mut conn = crate::support::sqlite::memory();
    diesel::sql_query(SEATS).execute(&mut conn).unwrap();
    let vault = fieldseal::testing::vault().blocking();
    let [acme, bolt] = ["acme", "bolt"].map(|firm| {
        vault.create_firm(firm).unwrap();
        vault.session(firm).unwrap()
    });
    let key = || ("bolt".to_owned(), 7);
    let seat = Seat { firm_id: "bolt".into(), number: 7, holder: "Ada".into(), remark: None };
    bolt.scope_sync(|| diesel::insert_into(seats::table).values(&seat).execute(&mut conn).unwrap());
    acme.scope_sync(|| {
        let form = SeatForm { holder: "hunter2", remark: Some("x") };
        let insert = diesel::insert_into(seats::table).values(form.for_row(("bolt".to_owned(), 8)));
        assert_eq!(code(insert.execute(&mut conn)), "seal.wrong_firm");
        let update = diesel::update(seats::table.find(key())).set(form.for_row(key()));
        assert_eq!(code(update.execute(&mut conn)), "seal.wrong_firm");
        let update = diesel::update(seats::table.find(key())).set(Seat::remark().scoped_set(key(), "x"));
        assert_eq!(code(update.execute(&mut conn)), "seal.wrong_firm");
        let update = diesel::update(seats::table.find(key())).set(Seat::remark().scoped_set(key(), None::<String>));
        assert_eq!(code(update.execute(&mut conn)), "seal.wrong_firm");
        assert_eq!(code(diesel::update(seats::table.find(key())).set(&seat).execute(&mut conn)), "seal.wrong_firm");
        // An own key for another's row: the row would become acme's, and another row of acme's has the key or may get it.
        let own = diesel::update(seats::table.find(key())).set(form.for_row(("acme".to_owned(), 7)));
        own.execute(&mut conn).unwrap();
        let row: Seat = seats::table.select(Seat::as_select()).first(&mut conn).unwrap();
        assert_eq!((&*row.firm_id, &*row.holder), ("acme", "hunter2"), "whole and readable, never half of each");
    });
}

/// A batch with one row of another firm, and a form whose firm is another's.
#[test]
fn no_form_carries_a_row_into_another_firm() {
    let (session, mut conn) = (session(), sqlite_database());
    let bolt = Client { firm_id: "bolt".into(), ..client(2) };
    let form = NewClient {
        id: "c9",
        firm_id: "bolt",
        display_name: "x",
        email: "hunter2@b.c",
        intake: &bolt.intake,
        visits: 1,
        tax_id: "x",
    };
    session.scope_sync(|| {
        let batch = vec![client(1), bolt.clone()];
        assert_eq!(code(diesel::insert_into(clients::table).values(&batch).execute(&mut conn)), "seal.wrong_firm");
        assert_eq!(code(diesel::insert_into(clients::table).values(&form).execute(&mut conn)), "seal.wrong_firm");
        diesel::insert_into(clients::table).values(&client(2)).execute(&mut conn).unwrap();
        let upsert = diesel::insert_into(clients::table).values(&client(2)).on_conflict(clients::id).do_update();
        assert_eq!(code(upsert.set(&bolt).execute(&mut conn)), "seal.wrong_firm");
    });
    let firms: Vec<String> = clients::table.select(clients::firm_id).load(&mut conn).unwrap();
    assert_eq!(firms, ["acme"]);
}

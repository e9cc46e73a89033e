//! Lookups that open and re-check, against what a query over plaintext would give.

use fieldseal::{LookupError, OpenError};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::*;
use crate::backends::oracle::{self, Search, colliding_phones};
use crate::models::client::*;

/// Finds clients by phone, page by page.
macro_rules! find {
    ($conn:expr, $session:expr, $search:expr) => {{
        let Search { phone, limit, after, .. } = $search;
        let finder = Client::phone().find($session, phone.as_str()).unwrap().by(|row: &SealedClient| row.id.clone());
        let finder = match after {
            Some(after) => finder.after(after.clone()),
            None => finder,
        };
        let finder = match limit {
            Some(limit) => finder.limit(*limit),
            None => finder,
        };
        search!(finder, $session, |page| {
            let of_firm = clients::table.filter(clients::firm_id.eq("acme")).select(SealedClient::as_select());
            page.of(of_firm, clients::id).load(&mut *$conn)
        })
    }};
}

#[tokio::test]
async fn limit_and_paging_give_what_plaintext_would() {
    let (vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    let phones = colliding_phones(&session);
    let mut runner = TestRunner::default();
    let stored = oracle::clients(&phones).new_tree(&mut runner).unwrap().current();
    for chunk in stored.chunks(50) {
        insert_all!(conn, clients::table, session.seal(chunk).unwrap());
    }
    let bolt = vault.session("bolt").await.unwrap();
    insert_all!(conn, clients::table, bolt.seal(&[client_of("bolt", 1)][..]).unwrap());
    for _ in 0..60 {
        let search = oracle::search(&phones, &stored).new_tree(&mut runner).unwrap().current();
        let found = find!(conn, &session, &search).unwrap();
        assert_eq!(ids(&found), ids(&search.in_plaintext(&stored)), "{search:?}");
        assert_eq!(found, search.in_plaintext(&stored), "{search:?}");
    }
}

fn ids(clients: &[Client]) -> Vec<&str> {
    clients.iter().map(|client| client.id.as_str()).collect()
}

#[tokio::test]
async fn a_page_after_the_other_visits_every_row_once() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    let phones = colliding_phones(&session);
    let stored: Vec<Client> =
        (0..300).map(|n| Client { phone: Some(phones[n % phones.len()].clone()), ..client(n) }).collect();
    for chunk in stored.chunks(50) {
        insert_all!(conn, clients::table, session.seal(chunk).unwrap());
    }
    let mut search = Search { phone: phones[1].clone(), limit: Some(7), after: None };
    let mut seen = Vec::new();
    loop {
        let page = find!(conn, &session, &search).unwrap();
        assert!(page.len() <= 7);
        let Some(last) = page.last() else { break };
        search.after = Some(last.id.clone());
        seen.extend(page);
    }
    let all = Search { limit: None, after: None, ..search };
    assert_eq!(seen, all.in_plaintext(&stored));
    assert_eq!(seen, find!(conn, &session, &all).unwrap());
}

#[tokio::test]
async fn nothing_is_asked_for_under_a_limit_of_nothing() {
    let (_vault, session, mut db) = start().await;
    let search = Search { phone: "1".into(), limit: Some(0), after: None };
    assert_eq!(find!(&mut db.conn, &session, &search).unwrap(), []);
}

#[tokio::test]
async fn rows_are_found_beside_joined_columns() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    insert_all!(conn, clients::table, session.seal(&[client(1), client(2)][..]).unwrap());
    let finder = Client::phone().find(&session, "49555-00002").unwrap();
    let finder = finder.by(|(row, _): &(SealedClient, String)| row.id.clone());
    let found = search!(finder, &session, |page| clients::table
        .filter(page.candidates())
        .filter(page.after(clients::id))
        .order(clients::id)
        .limit(page.size())
        .select((SealedClient::as_select(), clients::display_name))
        .load(&mut *conn));
    assert_eq!(found.unwrap(), [(client(2), "Client 2".to_owned())]);
}

#[tokio::test]
async fn an_index_of_full_width_is_paged_as_well() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    insert_all!(conn, clients::table, session.seal(&[client(1), client(2)][..]).unwrap());
    let finder = Client::email().find(&session, "CLIENT2@example.org").unwrap().by(|row: &SealedClient| row.id.clone());
    let found = search!(finder, &session, |page| clients::table
        .filter(page.candidates())
        .filter(page.after(clients::id))
        .order(clients::id)
        .limit(page.size())
        .select(SealedClient::as_select())
        .load(&mut *conn));
    assert_eq!(found.unwrap(), [client(2)]);
}

#[tokio::test]
async fn a_query_that_ignores_its_page_is_an_error() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    let phone = Some("1".to_owned());
    let stored: Vec<Client> = (0..9).map(|n| Client { phone: phone.clone(), ..client(n) }).collect();
    insert_all!(conn, clients::table, session.seal(&stored).unwrap());
    let finder = || Client::phone().find(&session, "1").unwrap().by(|row: &SealedClient| row.id.clone()).limit(3);
    let unlimited = search!(finder(), &session, |page| clients::table
        .filter(page.candidates())
        .order(clients::id)
        .select(SealedClient::as_select())
        .load(&mut *conn));
    assert!(matches!(unlimited, Err(LookupError::Unpaged)));

    // Nothing equals, so that the search would ask for the first page for ever.
    let phones = colliding_phones(&session);
    let stored: Vec<Client> = (10..19).map(|n| Client { phone: Some(phones[0].clone()), ..client(n) }).collect();
    insert_all!(conn, clients::table, session.seal(&stored).unwrap());
    let other = Client::phone().find(&session, phones[1].as_str()).unwrap().by(|row: &SealedClient| row.id.clone());
    let endless = search!(other.limit(3), &session, |page| clients::table
        .filter(page.candidates())
        .order(clients::id)
        .limit(page.size())
        .select(SealedClient::as_select())
        .load(&mut *conn));
    assert!(matches!(endless, Err(LookupError::Unpaged)));
}

#[tokio::test]
async fn a_candidate_that_does_not_open_is_an_error() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    insert_all!(conn, clients::table, session.seal(&[client(1), client(2)][..]).unwrap());
    let foreign: fieldseal::Ciphertext<diesel::sql_types::Text> =
        go!(clients::table.find(client(1).id).select(clients::phone.assume_not_null()).first(conn)).unwrap();
    let update = diesel::update(clients::table.find(client(2).id)).set(clients::phone.eq(foreign));
    go!(update.execute(conn)).unwrap();
    let search = Search { phone: "49 555 00002".into(), limit: None, after: None };
    let result = find!(conn, &session, &search);
    assert!(matches!(result, Err(LookupError::Open(OpenError::Unauthentic { table: "clients", column: "phone" }))));
}

#[tokio::test]
async fn a_query_that_fails_is_an_error() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    go!(diesel::sql_query("DROP TABLE clients").execute(conn)).unwrap();
    let search = Search { phone: "1".into(), limit: None, after: None };
    let result = find!(conn, &session, &search);
    assert!(matches!(result, Err(LookupError::Query(_))));
}

//! Upserts, and what unique indexes refuse.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::*;
use crate::models::client::*;

#[tokio::test]
async fn doing_nothing_keeps_the_row() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    insert_all!(conn, clients::table, session.seal(&[client(1)][..]).unwrap());
    let other = Client { notes: Some("lost".into()), ..client(1) };
    let insert = diesel::insert_into(clients::table).values(session.seal(&other).unwrap());
    assert_eq!(go!(insert.on_conflict(clients::id).do_nothing().execute(conn)).unwrap(), 0);
    let row = go!(clients::table.select(SealedClient::as_select()).first(conn)).unwrap();
    assert_eq!(session.open(row).unwrap(), client(1));
}

#[tokio::test]
async fn a_conflict_on_the_primary_key_updates_by_the_whole_twin() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    for version in ["first", "second"] {
        let client = Client { notes: Some(version.into()), email: format!("{version}@b.c"), ..client(1) };
        let sealed = session.seal(&client).unwrap();
        let insert = diesel::insert_into(clients::table).values(&sealed);
        go!(insert.on_conflict(clients::id).do_update().set(&sealed).execute(conn)).unwrap();
        let rows = go!(clients::table.select(SealedClient::as_select()).load(conn)).unwrap();
        assert_eq!(session.open(rows).unwrap(), [client]);
    }
}

#[tokio::test]
async fn equal_values_conflict_within_a_firm_only() {
    let (vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    let insert = diesel::insert_into(clients::table).values(session.seal(&client(1)).unwrap());
    go!(insert.execute(conn)).unwrap();
    let same = Client { email: " CLIENT1@example.ORG ".into(), ..client(2) };
    let insert = diesel::insert_into(clients::table).values(session.seal(&same).unwrap());
    let refused = go!(insert.execute(conn)).unwrap_err();
    assert!(matches!(refused, DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)), "{refused:?}");

    let bolt = vault.session("bolt").await.unwrap();
    let insert = diesel::insert_into(clients::table).values(bolt.seal(&client_of("bolt", 1)).unwrap());
    go!(insert.execute(conn)).unwrap();
    let terms: Vec<fieldseal::Term<_>> = go!(clients::table.select(clients::email_term).load(conn)).unwrap();
    assert_ne!(terms[0], terms[1], "firms can't be compared");
}

#[tokio::test]
async fn a_conflict_on_a_unique_term_does_nothing() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    insert_all!(conn, clients::table, session.seal(&[client(1)][..]).unwrap());
    let same = Client { email: client(1).email, ..client(2) };
    let insert = diesel::insert_into(clients::table).values(session.seal(&same).unwrap());
    let target = (clients::email_term, clients::firm_id);
    assert_eq!(go!(insert.on_conflict(target).do_nothing().execute(conn)).unwrap(), 0);
}

//! Rows that a write returns. Diesel knows no `as_returning` for a connection of several backends.

use super::*;
use crate::models::client::*;

#[tokio::test]
async fn an_insert_returns_its_rows() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    let insert = diesel::insert_into(clients::table).values(session.seal(&client(4)).unwrap());
    let row: SealedClient = go!(insert.returning(SealedClient::as_returning()).get_result(conn)).unwrap();
    assert_eq!(session.open(row).unwrap(), client(4));
    let delete = diesel::delete(clients::table.find(client(4).id)).returning(Client::email().cell());
    let cell = go!(delete.get_result(conn)).unwrap();
    assert_eq!(Client::email().open(&session, cell).unwrap(), client(4).email);
}

#[tokio::test]
async fn an_update_returns_its_row() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    insert_all!(conn, clients::table, session.seal(&[client(4)][..]).unwrap());
    let id = client(4).id;
    let set = Client::notes().set(&session, id.as_str(), "returned").unwrap();
    let update = diesel::update(clients::table.find(&id)).set(set).returning(SealedClient::as_returning());
    let row = go!(update.get_result(conn)).unwrap();
    assert_eq!(session.open(row).unwrap().notes.as_deref(), Some("returned"));
}

//! Joins: sealed twins on both sides.

use fieldseal::Plain;

use super::*;
use crate::models::client::*;
use crate::models::matter::*;

async fn fill(session: &Session, conn: &mut Conn) {
    insert_all!(conn, clients::table, session.seal(&[client(1), client(2)][..]).unwrap());
    let matters = [matter(1, &client(1).id), matter(2, &client(1).id)];
    insert_all!(conn, matters::table, session.seal(&matters[..]).unwrap());
}

#[tokio::test]
async fn inner_joins_open_as_tuples() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    fill(&session, conn).await;
    let query = clients::table.inner_join(matters::table).order(matters::id);
    let query = query.select((SealedClient::as_select(), SealedMatter::as_select()));
    let rows: Vec<(SealedClient, SealedMatter)> = go!(query.load(conn)).unwrap();
    let opened = session.open(rows).unwrap();
    assert_eq!(opened, [(client(1), matter(1, &client(1).id)), (client(1), matter(2, &client(1).id))]);
}

#[tokio::test]
async fn left_joins_open_as_options() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    fill(&session, conn).await;
    let query = clients::table.left_join(matters::table).order((clients::id, matters::id));
    let query = query.select((SealedClient::as_select(), Option::<SealedMatter>::as_select()));
    let rows: Vec<(SealedClient, Option<SealedMatter>)> = go!(query.load(conn)).unwrap();
    let opened = session.open(rows).unwrap();
    let matters: Vec<_> =
        opened.iter().map(|(client, matter)| (client.visits, matter.as_ref().map(|m| m.id))).collect();
    assert_eq!(matters, [(1, Some(1)), (1, Some(2)), (2, None)]);
}

#[tokio::test]
async fn cells_of_a_left_join_open_as_options() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    fill(&session, conn).await;
    let query = clients::table.left_join(matters::table).order((clients::id, matters::id));
    let columns = (clients::id, Matter::title().cell().nullable(), Matter::fee().cell().nullable());
    let rows: Vec<(String, _, _)> = go!(query.select(columns).load(conn)).unwrap();
    let mut opened = Vec::new();
    for (_, title, fee) in rows {
        let title = Matter::title().open_option(&session, title).unwrap();
        opened.push((title, Matter::fee().open_option(&session, fee).unwrap().flatten()));
    }
    let wanted = [(Some("matter 1".to_owned()), None), (Some("matter 2".to_owned()), Some(200)), (None, None)];
    assert_eq!(opened, wanted);
}

#[tokio::test]
async fn unsealed_parts_pass_through() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    fill(&session, conn).await;
    let query = clients::table.inner_join(matters::table).order(matters::id);
    let query = query.select((SealedMatter::as_select(), (clients::id, clients::display_name)));
    let rows: Vec<(SealedMatter, Plain<(String, String)>)> = go!(query.load(conn)).unwrap();
    let opened: Vec<(Matter, (String, String))> = session.open(rows).unwrap();
    assert_eq!(opened[1].1, (client(1).id, client(1).display_name));
}

#[tokio::test]
async fn twins_are_associated_and_filtered_through_joins() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    fill(&session, conn).await;
    let parent: SealedClient =
        go!(clients::table.order(clients::id).select(SealedClient::as_select()).first(conn)).unwrap();
    let query = SealedMatter::belonging_to(&parent).select(SealedMatter::as_select());
    assert_eq!(go!(query.load(conn)).unwrap().len(), 2);
    let by_email = Client::email().eq(&session, "client1@example.org").unwrap();
    let query = matters::table.inner_join(clients::table).filter(by_email).select(SealedMatter::as_select());
    let rows = go!(query.load(conn)).unwrap();
    assert_eq!(session.open(rows).unwrap().len(), 2);
}

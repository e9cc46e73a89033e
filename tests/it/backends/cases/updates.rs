//! Rows changed in place.

use super::*;
use crate::models::client::*;

/// The client of this id as the database has it.
macro_rules! stored {
    ($conn:expr, $session:expr, $id:expr) => {{
        let row = go!(clients::table.find($id).select(SealedClient::as_select()).first($conn)).unwrap();
        $session.open(row).unwrap()
    }};
}

#[tokio::test]
async fn a_patch_leaves_sets_and_nulls() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    insert_all!(conn, clients::table, session.seal(&[client(4), client(6)][..]).unwrap());
    let id = client(4).id;
    let patch = ClientPatch { email: Some("new@b.c"), notes: Some(None), ..ClientPatch::default() };
    let update = diesel::update(clients::table.find(&id)).set(session.seal_for(&id, &patch).unwrap());
    assert_eq!(go!(update.execute(conn)).unwrap(), 1);
    assert_eq!(stored!(conn, session, &id), Client { email: "new@b.c".into(), notes: None, ..client(4) });

    let patch = ClientPatch { notes: Some(Some("back")), phone: Some(None), ..ClientPatch::default() };
    let update = diesel::update(clients::table.find(&id)).set(session.seal_for(&id, &patch).unwrap());
    go!(update.execute(conn)).unwrap();
    let wanted = Client { email: "new@b.c".into(), notes: Some("back".into()), phone: None, ..client(4) };
    assert_eq!(stored!(conn, session, &id), wanted);
    assert_eq!(stored!(conn, session, &client(6).id), client(6));
    let found = clients::table.filter(Client::email().eq(&session, "NEW@b.c").unwrap()).count();
    assert_eq!(go!(found.get_result::<i64>(conn)).unwrap(), 1, "the term went with the cell");
    let old = clients::table.filter(Client::email().eq(&session, client(4).email).unwrap()).count();
    assert_eq!(go!(old.get_result::<i64>(conn)).unwrap(), 0);
}

#[tokio::test]
async fn a_patch_by_reference_and_of_plain_columns_alone() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    insert_all!(conn, clients::table, session.seal(&[client(4)][..]).unwrap());
    let id = client(4).id;
    let patch = ClientPatch { display_name: Some("Renamed"), ..ClientPatch::default() };
    let sealed = session.seal_for(&id, &patch).unwrap();
    go!(diesel::update(clients::table.find(&id)).set(&sealed).execute(conn)).unwrap();
    assert_eq!(stored!(conn, session, &id), Client { display_name: "Renamed".into(), ..client(4) });
}

#[tokio::test]
async fn a_patch_that_changes_nothing_is_diesels_error() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    insert_all!(conn, clients::table, session.seal(&[client(4)][..]).unwrap());
    let id = client(4).id;
    let sealed = session.seal_for(&id, &ClientPatch::default()).unwrap();
    let result = go!(diesel::update(clients::table.find(&id)).set(sealed).execute(conn));
    assert!(matches!(result, Err(diesel::result::Error::QueryBuilderError(_))));
}

#[tokio::test]
async fn a_whole_twin_is_a_changeset() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    insert_all!(conn, clients::table, session.seal(&[client(4)][..]).unwrap());
    let changed = Client { notes: Some("changed".into()), visits: 99, ..client(4) };
    let sealed = session.seal(&changed).unwrap();
    go!(diesel::update(clients::table.find(&changed.id)).set(&sealed).execute(conn)).unwrap();
    assert_eq!(stored!(conn, session, &changed.id), changed);
    // `None` in a whole twin leaves the column as it is, as with Diesel's own derive.
    let none = Client { notes: None, visits: 100, ..changed.clone() };
    let sealed = session.seal(&none).unwrap();
    go!(diesel::update(clients::table.find(&changed.id)).set(sealed).execute(conn)).unwrap();
    assert_eq!(stored!(conn, session, &changed.id), Client { visits: 100, ..changed });
}

#[tokio::test]
async fn one_column_is_set_to_a_value_and_to_null() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    insert_all!(conn, clients::table, session.seal(&[client(4)][..]).unwrap());
    let id = client(4).id;
    let set = |value: Option<&str>| Client::phone().set(&session, id.as_str(), value).unwrap();
    go!(diesel::update(clients::table.find(&id)).set(set(Some("030 1"))).execute(conn)).unwrap();
    assert_eq!(stored!(conn, session, &id).phone.as_deref(), Some("030 1"));
    go!(diesel::update(clients::table.find(&id)).set(set(None)).execute(conn)).unwrap();
    assert_eq!(stored!(conn, session, &id).phone, None);
    let null = clients::table.filter(clients::phone_term.is_null()).count();
    assert_eq!(go!(null.get_result::<i64>(conn)).unwrap(), 1, "the term goes with its cell");

    let email = Client::email().set(&session, id.as_str(), "set@b.c").unwrap();
    let notes = Client::notes().set(&session, id.as_str(), "not an option").unwrap();
    let visits = Client::visits().set(&session, id.as_str(), 5i32).unwrap();
    go!(diesel::update(clients::table.find(&id)).set(email).execute(conn)).unwrap();
    go!(diesel::update(clients::table.find(&id)).set(notes).execute(conn)).unwrap();
    go!(diesel::update(clients::table.find(&id)).set(visits).execute(conn)).unwrap();
    let wanted =
        Client { email: "set@b.c".into(), notes: Some("not an option".into()), phone: None, visits: 5, ..client(4) };
    assert_eq!(stored!(conn, session, &id), wanted);
}

#[tokio::test]
async fn a_patch_in_the_wrong_row_is_refused_by_the_database() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    insert_all!(conn, clients::table, session.seal(&[client(4), client(6)][..]).unwrap());
    let patch = ClientPatch { notes: Some(Some("for 4")), ..ClientPatch::default() };
    let sealed = session.seal_for(client(4).id, &patch).unwrap();
    let result = go!(diesel::update(clients::table.find(client(6).id)).set(sealed).execute(conn));
    assert!(result.is_err(), "the key column would become that of row 4");
    assert_eq!(stored!(conn, session, &client(6).id), client(6));
}

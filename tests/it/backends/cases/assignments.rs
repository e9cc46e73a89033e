//! Several columns set by their handles in one statement, and never in a row that they were not sealed for.

use super::*;
use crate::models::client::*;

const REFUSED: &str = "this cell was sealed for another row";

/// What the table holds, in the order of keys.
macro_rules! all {
    ($conn:expr, $session:expr) => {{
        let rows = go!(clients::table.order(clients::id).select(SealedClient::as_select()).load($conn)).unwrap();
        $session.open(rows).unwrap()
    }};
}

#[tokio::test]
async fn several_columns_are_set_in_one_statement() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    insert_all!(conn, clients::table, session.seal(&[client(4), client(6)]).unwrap());
    let id = client(4).id;
    let changes = (
        Client::email().set(&session, id.as_str(), "set@b.c").unwrap(),
        clients::display_name.eq("Renamed"),
        Client::notes().set(&session, id.as_str(), None::<&str>).unwrap(),
        Some(Client::visits().set(&session, id.as_str(), 5i32).unwrap()),
    );
    assert_eq!(go!(diesel::update(clients::table.find(&id)).set(changes).execute(conn)).unwrap(), 1);
    let changed =
        Client { email: "set@b.c".into(), display_name: "Renamed".into(), notes: None, visits: 5, ..client(4) };
    assert_eq!(all!(conn, session), [changed, client(6)]);
    let found = clients::table.filter(Client::email().eq(&session, "SET@b.c").unwrap()).count();
    assert_eq!(go!(found.get_result::<i64>(conn)).unwrap(), 1, "the term went with the cell");
}

#[tokio::test]
async fn another_row_is_refused_and_nothing_changes() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    insert_all!(conn, clients::table, session.seal(&[client(4), client(6)]).unwrap());
    // Of a row that is there, of one that is not, and of one of several rows.
    let set = |id: &str| Client::notes().set(&session, id, "for another").unwrap();
    let update = diesel::update(clients::table.find(client(6).id)).set(set(&client(4).id));
    let error = go!(update.execute(conn)).unwrap_err();
    assert!(error.to_string().contains(REFUSED), "{error}");
    let error = go!(diesel::update(clients::table.find(client(6).id)).set(set("nobody")).execute(conn)).unwrap_err();
    assert!(error.to_string().contains(REFUSED), "{error}");
    let error = go!(diesel::update(clients::table).set(set(&client(4).id)).execute(conn)).unwrap_err();
    assert!(error.to_string().contains(REFUSED), "{error}");
    assert_eq!(all!(conn, session), [client(4), client(6)]);
}

#[tokio::test]
async fn another_firms_row_is_refused() {
    let (vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    vault.create_firm("bolt").await.unwrap();
    let other = vault.session("bolt").await.unwrap();
    insert_all!(conn, clients::table, session.seal(&[client(4)]).unwrap());
    let set = Client::notes().set(&other, client(4).id, "of another firm").unwrap();
    let error = go!(diesel::update(clients::table.find(client(4).id)).set(set).execute(conn)).unwrap_err();
    assert!(error.to_string().contains(REFUSED), "{error}");
    assert_eq!(all!(conn, session), [client(4)]);
}

#[tokio::test]
async fn several_columns_are_set_by_the_session_in_scope() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    insert_all!(conn, clients::table, session.seal(&[client(4)]).unwrap());
    let id = client(4).id;
    let changes = session.scope_sync(|| {
        (Client::email().scoped_set(id.as_str(), "scoped@b.c"), Client::phone().scoped_set(id.as_str(), Some("030 2")))
    });
    go!(diesel::update(clients::table.find(&id)).set(changes).execute(conn)).unwrap();
    let changed = Client { email: "scoped@b.c".into(), phone: Some("030 2".into()), ..client(4) };
    assert_eq!(all!(conn, session), [changed]);
    // Without a scope the statement fails, and none of it is done.
    let changes = (clients::display_name.eq("Renamed"), Client::email().scoped_set(id.as_str(), "lost@b.c"));
    let error = go!(diesel::update(clients::table.find(&id)).set(changes).execute(conn)).unwrap_err();
    assert!(error.to_string().contains("scope"), "{error}");
    assert_eq!(all!(conn, session)[0].display_name, client(4).display_name);
}

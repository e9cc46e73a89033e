//! Every way to lose a scope is an error that says so, on insert, update, load and lookup; nothing is written.

use diesel::prelude::*;
use fieldseal::{Ciphertext, KeyError, Session};

use super::models::*;
use super::{assert_lost, session};
use crate::backends::{postgres_database, sqlite_database};
use crate::models::client::clients;

/// A database with client 1.
fn filled(session: &Session) -> SqliteConnection {
    let mut conn = sqlite_database();
    diesel::insert_into(clients::table).values(session.seal(&client(1)).unwrap()).execute(&mut conn).unwrap();
    conn
}

/// Tries every kind of statement where there is no scope, and sees that the database stays as it is.
fn assert_all_lost(conn: &mut SqliteConnection) {
    let stored = |conn: &mut SqliteConnection| -> Vec<(String, Ciphertext<_>)> {
        clients::table.select((clients::display_name, clients::email)).load(conn).unwrap()
    };
    let before = stored(conn);
    let new = client(2);
    let borrowed = NewClient {
        id: &new.id,
        firm_id: &new.firm_id,
        display_name: "x",
        email: &new.email,
        intake: &new.intake,
        visits: 1,
        tax_id: "x",
    };
    let keyed = KeyedPatch { id: client(1).id, display_name: Some("lost".into()), notes: None };
    // A patch that would leave every sealed column as it is asks for a scope all the same.
    let patch = ClientPatch { display_name: Some("lost"), ..ClientPatch::default() };
    let row = clients::table.find(client(1).id);
    assert_lost(diesel::insert_into(clients::table).values(&new).execute(conn), "Client");
    assert_lost(diesel::insert_into(clients::table).values(new.clone()).execute(conn), "Client");
    assert_lost(diesel::insert_into(clients::table).values(&vec![new.clone()]).execute(conn), "Client");
    assert_lost(diesel::insert_into(clients::table).values(&borrowed).execute(conn), "Client");
    let upsert = diesel::insert_into(clients::table).values(&new).on_conflict(clients::id).do_update();
    assert_lost(upsert.set(&new).execute(conn), "Client");
    assert_lost(diesel::update(row.clone()).set(&client(1)).execute(conn), "Client");
    assert_lost(diesel::update(row.clone()).set(client(1)).execute(conn), "Client");
    assert_lost(diesel::update(row.clone()).set(&keyed).execute(conn), "Client");
    assert_lost(diesel::update(row.clone()).set(patch.for_row(client(1).id)).execute(conn), "Client");
    assert_lost(diesel::update(row.clone()).set(Client::email().scoped_set(client(1).id, "x")).execute(conn), "Client");
    let cleared = Client::notes().scoped_set(client(1).id, None::<String>);
    assert_lost(diesel::update(row.clone()).set(cleared).execute(conn), "Client");
    assert_lost(row.clone().select(Client::as_select()).first(conn), "Client");
    assert_lost(row.select(Client::as_select()).first(conn).optional(), "Client");
    assert_lost(clients::table.select(Client::as_select()).load(conn), "Client");
    assert_lost(Listed::query().load(conn), "Client");
    assert_lost(diesel::sql_query("SELECT * FROM clients").load::<Client>(conn), "Client");
    let found = clients::table.filter(Client::email().scoped_eq("x"));
    assert_lost(found.clone().count().get_result::<i64>(conn), "Client");
    assert_lost(diesel::delete(found).execute(conn), "Client");
    let unequal = clients::table.filter(diesel::dsl::not(Client::email().scoped_eq("x")));
    assert_lost(diesel::delete(unequal).execute(conn), "Client");
    assert_eq!(stored(conn), before);
}

#[test]
fn without_any_scope() {
    let session = session();
    let mut conn = filled(&session);
    assert_all_lost(&mut conn);
    let error = Session::current().unwrap_err();
    assert!(matches!(error, KeyError::NoScope { .. }) && !error.is_retryable());
    session.scope_sync(|| assert_eq!(Session::current().unwrap().firm(), session.firm()));
}

#[test]
fn behind_a_scope() {
    let session = session();
    let mut conn = filled(&session);
    session.scope_sync(|| ());
    assert_all_lost(&mut conn);
}

#[test]
fn in_a_thread() {
    let session = session();
    let mut conn = filled(&session);
    session.scope_sync(|| {
        std::thread::scope(|threads| threads.spawn(|| assert_all_lost(&mut conn)).join().unwrap());
    });
    session.scope_sync(|| std::thread::spawn(move || assert_all_lost(&mut conn)).join().unwrap());
}

#[tokio::test]
async fn in_a_spawned_task() {
    let session = tokio::task::spawn_blocking(session).await.unwrap();
    let mut conn = filled(&session);
    let spawned = session.scope(async || tokio::spawn(async move { assert_all_lost(&mut conn) }).await);
    spawned.await.unwrap();
}

#[tokio::test]
async fn in_spawn_blocking() {
    let session = tokio::task::spawn_blocking(session).await.unwrap();
    let mut conn = filled(&session);
    let spawned = session.scope(async || tokio::task::spawn_blocking(move || assert_all_lost(&mut conn)).await);
    spawned.await.unwrap();
}

#[tokio::test]
async fn in_the_wrappers_own_thread() {
    use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;

    let session = tokio::task::spawn_blocking(session).await.unwrap();
    let mut conn = SyncConnectionWrapper::<SqliteConnection>::new(filled(&session));
    let run = session.scope(async || {
        conn.spawn_blocking(|conn| {
            assert_all_lost(conn);
            Ok(())
        })
        .await
    });
    run.await.unwrap();
}

/// `scope` with a future that was made before it.
#[tokio::test]
async fn built_outside_and_run_inside() {
    use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl};

    let session = tokio::task::spawn_blocking(session).await.unwrap();
    let database = tokio::task::spawn_blocking(|| postgres_database("lost")).await.unwrap();
    let conn = &mut AsyncPgConnection::establish(&database.url()).await.unwrap();
    let new = client(1);
    let insert = RunQueryDsl::execute(diesel::insert_into(clients::table).values(&new), conn);
    assert_lost(session.scope(|| insert).await, "Client");
    let statement = diesel::insert_into(clients::table).values(&new);
    assert_lost(session.scope(async || RunQueryDsl::execute(statement, conn).await).await, "Client");
    let lookup = clients::table.filter(Client::email().scoped_eq(&*new.email)).select(Client::as_select());
    assert_lost(session.scope(async || RunQueryDsl::load::<Client>(lookup, conn).await).await, "Client");
    // A load is opened where it is polled.
    let rows = session.scope_sync(|| RunQueryDsl::load::<Client>(clients::table.select(Client::as_select()), conn));
    assert_eq!(rows.await.unwrap(), []);
    let insert = session.scope_sync(|| diesel::insert_into(clients::table).values(&new));
    RunQueryDsl::execute(insert, conn).await.unwrap();
    let rows = session.scope_sync(|| RunQueryDsl::load::<Client>(clients::table.select(Client::as_select()), conn));
    assert_lost(rows.await, "Client");
}

//! A row that does not open is an error, never a missing row: in `optional`, `Option`s of left joins, and streams.

use diesel::prelude::*;
use diesel::result::Error as DieselError;
use diesel_async::sync_connection_wrapper::SyncConnectionWrapper;
use fieldseal::{Error, Session};
use futures_util::TryStreamExt;

use super::models::*;
use super::{code, session};
use crate::backends::sqlite_database;
use crate::models::client::clients;
use crate::models::matter::matters;

/// Two clients and a matter of each; a cell of the second client and of its matter belongs to the first.
fn tampered() -> (Session, SqliteConnection) {
    let (session, mut conn) = (session(), sqlite_database());
    session.scope_sync(|| {
        diesel::insert_into(clients::table).values(&vec![client(1), client(2)]).execute(&mut conn).unwrap();
        let rows = vec![matter(1, &client(1).id), matter(2, &client(2).id)];
        diesel::insert_into(matters::table).values(&rows).execute(&mut conn).unwrap();
    });
    for (table, cell, order) in [("clients", "visits", "id"), ("matters", "title", "id")] {
        let of = |direction| format!("(SELECT {order} FROM {table} ORDER BY {order} {direction} LIMIT 1)");
        let sql = format!(
            "UPDATE {table} SET {cell} = (SELECT {cell} FROM {table} WHERE id = {}) WHERE id = {}",
            of("ASC"),
            of("DESC")
        );
        assert_eq!(diesel::sql_query(sql).execute(&mut conn).unwrap(), 1);
    }
    (session, conn)
}

#[test]
fn optional_is_an_error_on_a_tampered_row_and_none_without_a_row() {
    let (session, mut conn) = tampered();
    session.scope_sync(|| {
        let first = |id: &str, conn: &mut SqliteConnection| {
            clients::table.find(id.to_owned()).select(Client::as_select()).first(conn).optional()
        };
        assert_eq!(first(&client(1).id, &mut conn).unwrap(), Some(client(1)));
        assert_eq!(first("nobody", &mut conn).unwrap(), None);
        let error = first(&client(2).id, &mut conn).unwrap_err();
        assert!(matches!(&error, DieselError::DeserializationError(_)), "{error}");
        let ours = Error::find(&error).unwrap();
        assert_eq!((ours.code(), ours.is_retryable()), ("open.unauthentic", false));
        assert!(ours.to_string().contains("clients.visits"), "{ours}");
        assert_eq!(code(clients::table.select(Client::as_select()).load(&mut conn)), "open.unauthentic");
        assert_eq!(code(diesel::sql_query("SELECT * FROM clients").load::<Client>(&mut conn)), "open.unauthentic");
    });
}

#[test]
fn an_option_of_a_left_join_is_an_error_and_not_none() {
    let (session, mut conn) = tampered();
    let joined = |id: &str, conn: &mut SqliteConnection| {
        let query = clients::table.left_join(matters::table).filter(clients::id.eq(id.to_owned()));
        query.select((clients::id, Option::<Matter>::as_select())).load::<(String, Option<Matter>)>(conn)
    };
    session.scope_sync(|| {
        assert!(joined(&client(1).id, &mut conn).unwrap()[0].1.is_some());
        assert_eq!(code(joined(&client(2).id, &mut conn)), "open.unauthentic");
    });
    super::assert_lost(joined(&client(1).id, &mut conn), "Matter");
    let bolt = fieldseal::testing::vault().blocking().session("bolt").unwrap();
    assert_eq!(code(bolt.scope_sync(|| joined(&client(1).id, &mut conn))), "open.wrong_firm");
    let revoked = fieldseal::testing::vault().blocking();
    let session = revoked.session("acme").unwrap();
    revoked.revoke("acme").unwrap();
    assert_eq!(code(session.scope_sync(|| joined(&client(1).id, &mut conn))), "keys.revoked");
    let closed = Session::closed("acme");
    assert_eq!(code(closed.scope_sync(|| joined(&client(1).id, &mut conn))), "keys.closed_session");
}

#[tokio::test]
async fn a_stream_ends_in_the_error_at_its_row() {
    use diesel_async::RunQueryDsl;

    let (session, conn) = tokio::task::spawn_blocking(tampered).await.unwrap();
    let mut conn = SyncConnectionWrapper::<SqliteConnection>::new(conn);
    let query = clients::table.order(clients::id).select(Client::as_select());
    let streamed = session.scope(async || {
        let mut rows = RunQueryDsl::load_stream::<Client>(query, &mut conn).await.unwrap();
        assert_eq!(rows.try_next().await.unwrap(), Some(client(1)));
        rows.try_next().await
    });
    assert_eq!(code(streamed.await), "open.unauthentic");
}

#[test]
fn a_value_that_can_not_be_sealed_is_not_written() {
    let (session, mut conn) = (session(), sqlite_database());
    let bolt = Client { firm_id: "bolt".into(), ..client(1) };
    session.scope_sync(|| {
        let insert = diesel::insert_into(clients::table).values(&bolt);
        let text = diesel::debug_query::<diesel::sqlite::Sqlite, _>(&insert).to_string();
        assert!(text.contains("failed") && !text.contains(&bolt.email), "{text}");
        assert_eq!(code(insert.execute(&mut conn)), "seal.wrong_firm");
    });
    Session::closed("acme").scope_sync(|| {
        let insert = diesel::insert_into(clients::table).values(&client(1));
        assert_eq!(code(insert.execute(&mut conn)), "keys.closed_session");
        let lookup = clients::table.filter(Client::email().scoped_eq("x")).count();
        assert_eq!(code(lookup.get_result::<i64>(&mut conn)), "keys.closed_session");
    });
    let platform = fieldseal::testing::vault().blocking().platform().unwrap();
    platform.scope_sync(|| {
        let insert = diesel::insert_into(clients::table).values(&client(1));
        assert_eq!(code(insert.execute(&mut conn)), "seal.wrong_firm");
        let patch = ClientPatch { email: Some("x"), ..ClientPatch::default() };
        let update = diesel::update(clients::table.find("x")).set(patch.for_row("x"));
        assert_eq!(code(update.execute(&mut conn)), "seal.platform_session");
        let lookup = clients::table.filter(Client::email().scoped_eq("x")).count();
        assert_eq!(code(lookup.get_result::<i64>(&mut conn)), "lookup.wrong_session");
    });
    assert_eq!(clients::table.count().get_result::<i64>(&mut conn).unwrap(), 0);
}

//! Ambient models, written and read in a session's scope.

use diesel::result::Error as DieselError;
use fieldseal::Error;
use futures_util::StreamExt;

use super::*;
use crate::ambient::models::*;
use crate::models::client::clients;
use crate::models::matter::matters;

fn code<T>(result: Result<T, DieselError>) -> &'static str {
    result.map_or_else(|error| Error::find(&error).map_or("not ours", Error::code), |_| "ok")
}

#[tokio::test]
async fn ambient_rows_are_inserted_loaded_found_changed_and_deleted() {
    let (_vault, session, mut db) = start().await;
    let (conn, all) = (&mut db.conn, [client(0), client(1), client(2)]);
    let scoped = session.scope(async || {
        insert_all!(conn, clients::table, &all.to_vec());
        let query = clients::table.order(clients::id).select(Client::as_select());
        let rows: Vec<Client> = go!(query.load(conn))?;
        assert_eq!(rows, all);
        let by_email = clients::table.filter(Client::email().scoped_eq(" CLIENT1@example.org"));
        let found: Client = go!(by_email.select(Client::as_select()).first(conn))?;
        assert_eq!(found, all[1]);

        let changed = Client { visits: 77, notes: None, ..all[2].clone() };
        go!(diesel::update(clients::table.find(&changed.id)).set(&changed).execute(conn))?;
        let patch = ClientPatch { email: Some("new@b.c"), phone: Some(None), ..ClientPatch::default() };
        go!(diesel::update(clients::table.find(&changed.id)).set(patch.for_row(&*changed.id)).execute(conn))?;
        let by_new = clients::table.filter(Client::email().scoped_eq("NEW@B.C"));
        let found: Client = go!(by_new.select(Client::as_select()).first(conn))?;
        // `Option` is "leave as it is" in a changeset.
        assert_eq!(found, Client { email: "new@b.c".into(), phone: None, notes: all[2].notes.clone(), ..changed });

        let set = Client::visits().scoped_set(&*all[0].id, 5i64);
        go!(diesel::update(clients::table.find(&all[0].id)).set(set).execute(conn))?;
        let found: Client = go!(clients::table.find(&all[0].id).select(Client::as_select()).first(conn))?;
        assert_eq!(found.visits, 5);
        let gone = diesel::delete(clients::table.filter(Client::email().scoped_eq(&*all[0].email)));
        assert_eq!(go!(gone.execute(conn))?, 1);
        Ok::<_, DieselError>(())
    });
    scoped.await.unwrap();
    let cells: Vec<(fieldseal::Ciphertext<_>, fieldseal::Ciphertext<_>)> =
        go!(clients::table.select((clients::email, clients::visits)).load(conn)).unwrap();
    assert_eq!(cells.len(), 2);
    for (row, (email, visits)) in cells.iter().enumerate() {
        fieldseal::testing::assert_cell("clients.email", row, email.as_bytes());
        fieldseal::testing::assert_cell("clients.visits", row, visits.as_bytes());
    }
}

#[tokio::test]
async fn ambient_rows_go_through_transactions_and_savepoints() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    let scoped = session.scope(async || {
        transaction!(conn, |conn| {
            go!(diesel::insert_into(clients::table).values(client(1)).execute(conn))?;
            let undone: Result<(), DieselError> = transaction!(conn, |conn| {
                go!(diesel::insert_into(clients::table).values(&client(2)).execute(conn))?;
                Err(DieselError::RollbackTransaction)
            });
            assert!(matches!(undone, Err(DieselError::RollbackTransaction)));
            transaction!(conn, |conn| {
                go!(diesel::insert_into(clients::table).values(&client(3)).execute(conn))?;
                Ok::<_, DieselError>(())
            })?;
            let query = clients::table.order(clients::id).select(Client::as_select());
            let rows: Vec<Client> = go!(query.load(conn))?;
            Ok::<_, DieselError>(rows)
        })
    });
    assert_eq!(scoped.await.unwrap(), [client(1), client(3)]);
}

#[tokio::test]
async fn a_lost_scope_in_a_transaction_rolls_it_back() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    let result: Result<(), DieselError> = transaction!(conn, |conn| {
        go!(diesel::insert_into(clients::table).values(session.seal(&client(1))?).execute(conn))?;
        go!(diesel::insert_into(clients::table).values(&client(2)).execute(conn))?;
        Ok(())
    });
    assert_eq!(code(result), "keys.no_scope");
    assert_eq!(go!(clients::table.count().get_result::<i64>(conn)).unwrap(), 0);
}

#[tokio::test]
async fn ambient_rows_stream_within_the_scope_only() {
    let (_vault, session, mut db) = start().await;
    insert_all!(&mut db.conn, clients::table, session.seal(&[client(0), client(1), client(2)][..]).unwrap());
    let query = || clients::table.order(clients::id).select(Client::as_select());
    let conn = &mut db.conn;
    let inside = session.scope(async || {
        let rows = stream!(conn, query());
        rows.map(|row: QueryResult<Client>| row.unwrap().visits).collect::<Vec<_>>().await
    });
    assert_eq!(inside.await, [0, 1, 2]);

    let conn = &mut db.conn;
    let rows = session.scope(async move || stream!(conn, query())).await;
    let polled_inside: Vec<QueryResult<Client>> = session.scope_stream(|| rows).collect().await;
    assert_eq!(polled_inside.into_iter().map(|row| row.unwrap().visits).collect::<Vec<_>>(), [0, 1, 2]);

    let conn = &mut db.conn;
    let mut rows = Box::pin(session.scope(async move || stream!(conn, query())).await);
    let polled_outside: QueryResult<Client> = rows.next().await.unwrap();
    assert_eq!(code(polled_outside), "keys.no_scope");
}

#[tokio::test]
async fn ambient_rows_join_as_options_aliases_and_boxed() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    let scoped = session.scope(async || {
        insert_all!(conn, clients::table, &vec![client(1), client(2)]);
        insert_all!(conn, matters::table, &vec![matter(1, &client(1).id), matter(2, &client(1).id)]);
        let query = clients::table.left_join(matters::table).order((clients::id, matters::id));
        let query = query.select((Client::as_select(), Option::<Matter>::as_select()));
        let rows: Vec<(Client, Option<Matter>)> = go!(query.load(conn))?;
        let fees: Vec<_> = rows.iter().map(|(_, matter)| matter.as_ref().map(|matter| matter.fee)).collect();
        assert_eq!(fees, [Some(None), Some(Some(200)), None]);

        let other = diesel::alias!(clients as other);
        let query = other.filter(other.field(clients::id).eq(client(2).id));
        let query = query.select(other.fields((clients::id, clients::firm_id, clients::visits)));
        let row: Listed = go!(query.first(conn))?;
        assert_eq!(row.visits, 2);

        let boxed = clients::table.into_boxed().filter(Client::email().scoped_eq(client(2).email));
        let rows: Vec<Client> = go!(boxed.select(Client::as_select()).load(conn))?;
        assert_eq!(rows, [client(2)]);

        let parents = vec![client(1), client(2)];
        let query = Matter::belonging_to(&parents).order(matters::id).select(Matter::as_select());
        let children: Vec<Matter> = go!(query.load(conn))?;
        let grouped: Vec<_> = children.grouped_by(&parents).iter().map(Vec::len).collect();
        assert_eq!(grouped, [2, 0]);

        let rows: Vec<Listed> = go!(Listed::query().load(conn))?;
        assert_eq!(rows.iter().map(|row| row.visits).collect::<Vec<_>>(), [2, 1]);
        let query = diesel::sql_query("SELECT * FROM clients ORDER BY id DESC");
        let rows: Vec<Client> = go!(query.load(conn))?;
        assert_eq!(rows, [client(2), client(1)]);
        Ok::<_, DieselError>(())
    });
    scoped.await.unwrap();
}

#[tokio::test]
async fn an_ambient_upsert_returns_the_row() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    let scoped = session.scope(async || {
        let insert = diesel::insert_into(clients::table).values(&client(1)).returning(Client::as_returning());
        let row: Client = go!(insert.get_result(conn))?;
        assert_eq!(row, client(1));
        let changed = Client { visits: 9, ..client(1) };
        let upsert = diesel::insert_into(clients::table).values(&changed).on_conflict(clients::id).do_update();
        let row: Client = go!(upsert.set(&changed).returning(Client::as_returning()).get_result(conn))?;
        assert_eq!(row, changed);
        let (again, excluded) = (Client { visits: 10, ..client(1) }, diesel::upsert::excluded(clients::visits));
        let upsert = diesel::insert_into(clients::table).values(&again).on_conflict(clients::id).do_update();
        go!(upsert.set(clients::visits.eq(excluded)).execute(conn))?;
        let row: Client = go!(clients::table.select(Client::as_select()).first(conn))?;
        assert_eq!(row, again);
        let patch = KeyedPatch { id: client(1).id, display_name: None, notes: Some(Some("kept".into())) };
        go!(diesel::update(clients::table.find(client(1).id)).set(&patch).execute(conn))?;
        let row: Client = go!(clients::table.select(Client::as_select()).first(conn))?;
        assert_eq!(row, Client { notes: Some("kept".into()), ..again });
        Ok::<_, DieselError>(())
    });
    scoped.await.unwrap();
}

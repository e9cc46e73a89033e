//! `?` within transactions.

use diesel::result::Error as DieselError;
use fieldseal::Error;

use super::*;
use crate::models::client::*;

#[tokio::test]
async fn sealing_and_opening_commit_with_the_transaction() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    let keys = session.clone();
    let opened = transaction!(conn, |conn| {
        go!(diesel::insert_into(clients::table).values(keys.seal(&client(1))?).execute(conn))?;
        let row = go!(clients::table.select(SealedClient::as_select()).first(conn))?;
        Ok::<_, DieselError>(keys.open(row)?)
    });
    assert_eq!(opened.unwrap(), client(1));
}

#[tokio::test]
async fn a_refused_seal_rolls_back_and_is_found_in_diesels_error() {
    let (_vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    let keys = session.clone();
    let result: Result<(), DieselError> = transaction!(conn, |conn| {
        go!(diesel::insert_into(clients::table).values(keys.seal(&client(1))?).execute(conn))?;
        go!(diesel::insert_into(clients::table).values(keys.seal(&client_of("bolt", 2))?).execute(conn))?;
        Ok(())
    });
    let error = result.unwrap_err();
    assert_eq!(Error::find(&error).map(Error::code), Some("seal.wrong_firm"));
    assert_eq!(go!(clients::table.count().get_result::<i64>(conn)).unwrap(), 0);
}

#[tokio::test]
async fn a_refused_open_rolls_back_and_is_found_in_diesels_error() {
    let (vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    insert_all!(conn, clients::table, session.seal(&[client(1)][..]).unwrap());
    let keys = vault.session("bolt").await.unwrap();
    let result: Result<(), DieselError> = transaction!(conn, |conn| {
        go!(diesel::update(clients::table).set(clients::display_name.eq("changed")).execute(conn))?;
        let row = go!(clients::table.select(SealedClient::as_select()).first(conn))?;
        keys.open(row)?;
        Ok(())
    });
    let error = result.unwrap_err();
    assert_eq!(Error::find(&error).map(Error::code), Some("open.wrong_firm"));
    let row = go!(clients::table.select(SealedClient::as_select()).first(conn)).unwrap();
    assert_eq!(session.open(row).unwrap(), client(1));
}

#[tokio::test]
async fn a_refused_lookup_is_found_in_diesels_error() {
    let (vault, session, mut db) = start().await;
    let conn = &mut db.conn;
    let keys = session.clone();
    vault.revoke("acme").await.unwrap();
    let result: Result<(), DieselError> = transaction!(conn, |conn| {
        let by_email = clients::table.filter(Client::email().eq(&keys, "a@b.c")?);
        go!(by_email.select(SealedClient::as_select()).first(conn))?;
        Ok(())
    });
    assert_eq!(Error::find(&result.unwrap_err()).map(Error::code), Some("keys.revoked"));
}

#[tokio::test]
async fn diesels_own_error_is_not_ours() {
    let (_vault, _session, mut db) = start().await;
    let error = go!(clients::table.select(SealedClient::as_select()).first(&mut db.conn)).unwrap_err();
    assert!(Error::find(&error).is_none());
}

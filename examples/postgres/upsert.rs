//! Importing a client who may be there already. Cells are bound to the row's key, so an upsert conflicts on that key.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use fieldseal::Session;

use super::Failure;
use super::model::{Client, clients};

/// The right way: who has this e-mail? Then insert or update under that key.
pub async fn import(conn: &mut AsyncPgConnection, session: &Session, mut client: Client) -> Result<usize, Failure> {
    let there = clients::table
        .filter(Client::email().eq(session, &*client.email)?)
        .select(clients::id)
        .first(conn)
        .await
        .optional()?;
    client.id = there.unwrap_or(client.id);
    let sealed = session.seal(&client)?;
    let upsert = diesel::insert_into(clients::table).values(sealed.clone()).on_conflict(clients::id);
    Ok(upsert.do_update().set(sealed).execute(conn).await?)
}

/// The wrong way: the old row would keep its key and take cells that are sealed for a new one. The guard refuses.
pub async fn conflict_on_email(
    conn: &mut AsyncPgConnection,
    session: &Session,
    client: &Client,
) -> Result<usize, Failure> {
    let sealed = session.seal(client)?;
    let upsert = diesel::insert_into(clients::table).values(sealed.clone());
    let upsert = upsert.on_conflict((clients::email_term, clients::firm_id));
    // As a careless hand would write it: the cells, not the key that they belong to.
    let set = (clients::notes.eq(sealed.notes), clients::name.eq(sealed.name));
    Ok(upsert.do_update().set(set).execute(conn).await?)
}

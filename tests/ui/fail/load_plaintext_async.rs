//! Asynchronous loads of plaintext.

#[path = "../common.rs"]
mod common;
use common::{Client, Result, clients};
use diesel::QueryDsl;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

async fn load(conn: &mut AsyncPgConnection) -> Result<Vec<Client>> {
    Ok(clients::table.load::<Client>(conn).await?)
}

async fn selected(conn: &mut AsyncPgConnection) -> Result<Client> {
    Ok(clients::table.select(Client::as_select()).first(conn).await?)
}

fn main() {}

//! Sealed columns loaded as plaintext.

#[path = "../common.rs"]
mod common;
use common::*;

#[derive(Queryable)]
struct Row {
    id: String,
    email: String,
}

fn a_column(conn: &mut SqliteConnection) -> Result<Vec<String>> {
    Ok(clients::table.select(clients::email).load::<String>(conn)?)
}

fn a_nullable_column(conn: &mut SqliteConnection) -> Result<Option<String>> {
    Ok(clients::table.select(clients::notes).first(conn)?)
}

fn a_tuple(conn: &mut SqliteConnection) -> Result<Vec<(String, String)>> {
    Ok(clients::table.select((clients::id, clients::email)).load(conn)?)
}

fn a_struct(conn: &mut SqliteConnection) -> Result<Vec<Row>> {
    Ok(clients::table.select((clients::id, clients::email)).load(conn)?)
}

fn a_term(conn: &mut SqliteConnection) -> Result<Vec<Vec<u8>>> {
    Ok(clients::table.select(clients::email_term).load(conn)?)
}

fn main() {}

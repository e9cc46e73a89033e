//! Plaintext for sealed columns, in Diesel's own inserts and updates.

#[path = "../common.rs"]
mod common;
use common::*;

#[derive(Insertable)]
#[diesel(table_name = clients)]
struct Inserted<'a> {
    id: &'a str,
    email: &'a str,
    visits: i64,
}

#[derive(AsChangeset)]
#[diesel(table_name = clients)]
struct Changed {
    email: Option<String>,
    visits: i64,
}

fn a_tuple(conn: &mut SqliteConnection) -> Result {
    diesel::insert_into(clients::table).values((clients::id.eq("1"), clients::email.eq("x"))).execute(conn)?;
    Ok(())
}

fn a_change(conn: &mut SqliteConnection) -> Result {
    diesel::update(clients::table.find("1")).set(clients::email.eq("x")).execute(conn)?;
    Ok(())
}

fn beside_a_patch(conn: &mut SqliteConnection, email: String) -> Result {
    diesel::update(clients::table).set((clients::display_name.eq("x"), clients::email.eq(&email))).execute(conn)?;
    Ok(())
}

fn a_term(conn: &mut SqliteConnection) -> Result {
    diesel::update(clients::table.find("1")).set(clients::email_term.eq("x")).execute(conn)?;
    Ok(())
}

fn main() {}

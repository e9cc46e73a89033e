//! Plaintext for sealed columns that are nullable.

#[path = "../common.rs"]
mod common;
use common::*;

#[derive(Insertable)]
#[diesel(table_name = clients)]
struct Inserted {
    id: String,
    notes: Option<String>,
}

fn a_struct(conn: &mut SqliteConnection, new: Inserted) -> Result {
    diesel::insert_into(clients::table).values(new).execute(conn)?;
    Ok(())
}

fn a_change(conn: &mut SqliteConnection) -> Result {
    diesel::update(clients::table.find("1")).set(clients::notes.eq(Some("x"))).execute(conn)?;
    Ok(())
}

fn without_an_option(conn: &mut SqliteConnection) -> Result {
    diesel::update(clients::table.find("1")).set(clients::notes.eq("x")).execute(conn)?;
    Ok(())
}

fn main() {}

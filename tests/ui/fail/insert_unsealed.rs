#[path = "../common.rs"]
mod common;
use common::*;

fn by_reference(conn: &mut SqliteConnection, client: &Client) -> Result {
    diesel::insert_into(clients::table).values(client).execute(conn)?;
    Ok(())
}

fn by_value(conn: &mut SqliteConnection, client: Client) -> Result {
    diesel::insert_into(clients::table).values(client).execute(conn)?;
    Ok(())
}

fn many(conn: &mut SqliteConnection, client: Client) -> Result {
    diesel::insert_into(clients::table).values(vec![client]).execute(conn)?;
    Ok(())
}

fn many_by_reference(conn: &mut SqliteConnection, clients: &Vec<Client>) -> Result {
    diesel::insert_into(clients::table).values(clients).execute(conn)?;
    Ok(())
}

fn main() {}

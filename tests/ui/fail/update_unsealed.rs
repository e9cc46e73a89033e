#[path = "../common.rs"]
mod common;
use common::*;

fn by_reference(conn: &mut SqliteConnection, patch: &ClientPatch<'_>) -> Result {
    diesel::update(clients::table.find("1")).set(patch).execute(conn)?;
    Ok(())
}

fn by_value(conn: &mut SqliteConnection, patch: ClientPatch<'_>) -> Result {
    diesel::update(clients::table.find("1")).set(patch).execute(conn)?;
    Ok(())
}

fn the_model(conn: &mut SqliteConnection, client: Client) -> Result {
    diesel::update(clients::table.find("1")).set(&client).execute(conn)?;
    diesel::update(clients::table.find("1")).set(client).execute(conn)?;
    Ok(())
}

fn main() {}

#[path = "../common.rs"]
mod common;
use common::*;

fn load(conn: &mut SqliteConnection) -> Result<Vec<Client>> {
    Ok(clients::table.select(Client::as_select()).load(conn)?)
}

fn main() {}

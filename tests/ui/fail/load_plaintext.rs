#[path = "../common.rs"]
mod common;
use common::*;

fn load(conn: &mut SqliteConnection) -> Result<Vec<Client>> {
    Ok(clients::table.load::<Client>(conn)?)
}

fn main() {}

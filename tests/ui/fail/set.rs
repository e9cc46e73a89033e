#[path = "../common.rs"]
mod common;
use common::*;

fn another_type(session: &Session) -> Result {
    Client::email().set(session, "1", 5i64)?;
    Ok(())
}

fn null(session: &Session) -> Result {
    Client::email().set(session, "1", None::<String>)?;
    Ok(())
}

fn another_type_into_a_nullable_column(session: &Session) -> Result {
    Client::notes().set(session, "1", Some(5i64))?;
    Ok(())
}

fn main() {}

#[path = "../common.rs"]
mod common;
use common::*;

fn under_128_bits(session: &Session) -> Result {
    clients::table.filter(Client::phone().eq(session, "555")?);
    Ok(())
}

fn without_an_index(session: &Session) -> Result {
    clients::table.filter(Client::notes().eq(session, "x")?);
    Client::notes().find(session, "x")?;
    Ok(())
}

fn a_global_index_by_a_session(session: &Session) -> Result {
    clients::table.filter(Client::login().eq(session, "x")?);
    Ok(())
}

fn an_index_of_a_firm_by_the_global_right(global: &GlobalIndex) -> Result {
    clients::table.filter(Client::email().eq(global, "x")?);
    Ok(())
}

fn main() {}

#[path = "../common.rs"]
mod common;
use common::*;

fn a_form_without_row_key(session: &Session, patch: &ClientPatch<'_>) -> Result {
    session.seal(patch)?;
    Ok(())
}

fn a_model_for_a_row(session: &Session, client: &Client) -> Result {
    session.seal_for("1", client)?;
    Ok(())
}

fn what_is_open(session: &Session, client: Client) -> Result {
    session.open(client)?;
    Ok(())
}

fn main() {}

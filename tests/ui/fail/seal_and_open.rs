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

#[derive(Debug, Clone, Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(firm = platform, row = none)]
struct Setting {
    #[encrypted]
    notes: String,
}

#[derive(Debug, Clone, Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(model = Setting, row = none)]
struct NewSetting<'a> {
    #[encrypted]
    notes: &'a str,
}

fn a_form_without_row_binding_for_a_row(session: &Session, setting: &NewSetting<'_>) -> Result {
    session.seal_for("1", setting)?;
    Ok(())
}

fn a_twin_that_is_not_loaded(session: &Session, setting: SealedSetting) -> Result {
    session.open(setting)?;
    Ok(())
}

fn what_is_open(session: &Session, client: Client) -> Result {
    session.open(client)?;
    Ok(())
}

fn main() {}

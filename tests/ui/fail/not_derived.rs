//! Statements of structs that do not derive what these take.

#[path = "../common.rs"]
mod common;
use common::*;

#[derive(Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(model = Client, derive(AsChangeset))]
struct Patch {
    #[encrypted]
    notes: Option<String>,
}

#[derive(Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(model = Client, derive(Insertable))]
struct NewClient<'a> {
    id: &'a str,
    #[encrypted]
    notes: &'a str,
}

#[derive(Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(ambient, model = Client, firm = firm_id, derive(Queryable))]
struct Ambient {
    id: String,
    firm_id: String,
    #[encrypted]
    notes: Option<String>,
}

fn inserted(conn: &mut SqliteConnection, patch: &Patch) -> Result {
    diesel::insert_into(clients::table).values(patch).execute(conn)?;
    Ok(())
}

fn sealed_and_inserted(conn: &mut SqliteConnection, session: &Session, patch: &Patch) -> Result {
    diesel::insert_into(clients::table).values(session.seal_for("1", patch)?).execute(conn)?;
    Ok(())
}

fn sealed_and_inserted_at_once(conn: &mut SqliteConnection, sealed: Vec<SealedPatch>) -> Result {
    diesel::insert_into(clients::table).values(sealed).execute(conn)?;
    Ok(())
}

fn updated(conn: &mut SqliteConnection, new: &NewClient<'_>) -> Result {
    diesel::update(clients::table.find("1")).set(new).execute(conn)?;
    Ok(())
}

fn sealed_and_updated(conn: &mut SqliteConnection, session: &Session, new: &NewClient<'_>) -> Result {
    diesel::update(clients::table.find("1")).set(&session.seal(new)?).execute(conn)?;
    Ok(())
}

fn ambient(conn: &mut SqliteConnection, ambient: &Ambient) -> Result {
    diesel::insert_into(clients::table).values(ambient).execute(conn)?;
    diesel::update(clients::table.find("1")).set(ambient).execute(conn)?;
    Ok(())
}

fn main() {}

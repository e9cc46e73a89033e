//! A service on plain Diesel and SQLite: models, sessions and lookups without tokio and diesel-async.
//!
//! It is only compiled, by itself, since the features of the other tests would bring both along:
//! `cargo clippy --package fieldseal-without-async`.

use diesel::prelude::*;
use fieldseal::{BlockingVault, Encrypted, Error};

mod tables {
    diesel::table! {
        use diesel::sql_types::*;
        use fieldseal::schema_types::*;

        clients (id) {
            id -> BigInt,
            firm_id -> BigInt,
            email -> FieldsealText,
            email_term -> FieldsealTextTerm,
            notes -> Nullable<FieldsealText>,
        }
    }
}

use tables::clients;

/// A client of a firm.
#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset))]
pub struct Client {
    /// Key, to which the cells are bound.
    pub id: i64,
    /// The firm.
    pub firm_id: i64,
    /// Address, looked up without regard to case.
    #[encrypted(index(email_term, normalize = email, unique))]
    pub email: String,
    /// Free text.
    #[encrypted]
    pub notes: Option<String>,
}

/// Writes a client and finds it again by its address.
///
/// # Errors
/// When keys, cells or the database fail.
pub fn write_and_find(vault: &BlockingVault, conn: &mut SqliteConnection, client: &Client) -> Result<Client, Error> {
    let session = vault.session(client.firm_id)?;
    let sealed = session.seal(client)?;
    let row = conn.transaction(|conn| {
        diesel::insert_into(clients::table).values(&sealed).execute(conn)?;
        let seen = Client::notes().set(&session, client.id, "seen")?;
        diesel::update(clients::table.find(client.id)).set(seen).execute(conn)?;
        let by_email = clients::table.filter(Client::email().eq(&session, client.email.as_str())?);
        by_email.select(SealedClient::as_select()).first(conn)
    })?;
    Ok(session.open(row)?)
}

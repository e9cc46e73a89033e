//! A service without tenants: one set of keys, `firm = platform`. Run it by `cargo run --example platform`.

#![allow(clippy::print_stdout, reason = "an example talks to people")]
#![allow(missing_docs, reason = "what `table!` makes at the root of a program")]

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use fieldseal::keys::store::SqliteKeyStore;
use fieldseal::schema::{Backend, migration};
use fieldseal::{Encrypted, LocalKeys, Vault};

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    users (id) {
        id -> Integer,
        email -> FieldsealText,
        email_term -> FieldsealTextTerm,
    }
}

#[derive(Debug, Encrypted)]
#[diesel(table_name = users)]
#[encrypted(firm = platform, derive(Insertable, Queryable, Selectable))]
struct User {
    id: i32,
    #[encrypted(index(email_term, normalize = email, unique))]
    email: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = tempfile::tempdir()?;
    let database = directory.path().join("service.db");

    // At start: keys from a file, wrapped keys beside the data.
    let store = SqliteKeyStore::open(&database)?;
    store.migrate_blocking()?;
    let keys = LocalKeys::open_or_create(directory.path().join("service.key"))?;
    let vault = Vault::builder().provider(keys).store(store).build()?.blocking();
    vault.initialize()?;
    let session = vault.platform()?;

    // The table. A service prints the second part once, by `migration`, and puts it into a migration.
    let mut conn = SqliteConnection::establish(database.to_str().ok_or("a path that is not UTF-8")?)?;
    conn.batch_execute("CREATE TABLE users (id INTEGER NOT NULL PRIMARY KEY);")?;
    conn.batch_execute(&migration::<User>(Backend::Sqlite).up)?;

    // Write, look up, open.
    let user = User { id: 1, email: "Gwendolyn@Example.org".to_owned() };
    diesel::insert_into(users::table).values(session.seal(&user)?).execute(&mut conn)?;
    let row = users::table
        .filter(User::email().eq(&session, "gwendolyn@example.ORG")?)
        .select(SealedUser::as_select())
        .first(&mut conn)?;
    println!("the file holds:    {row:?}");
    println!("the service sees:  {:?}", session.open(row)?);
    Ok(())
}

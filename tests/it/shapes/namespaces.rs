//! A table in a schema: `table! { app.clients … }`.

use diesel::prelude::*;
use fieldseal::Encrypted;
use fieldseal::schema::Backend;

use super::{Postgres, assert_sealed_everywhere, secret, session};

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    app.clients (id) {
        id -> Text,
        firm_id -> Text,
        email -> FieldsealText,
        email_term -> FieldsealTextTerm,
    }
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(firm = firm_id, table = "app.clients", derive(Insertable, Queryable, Selectable, AsChangeset, Identifiable))]
struct Client {
    id: String,
    firm_id: String,
    #[encrypted(index(email_term, unique))]
    email: String,
}

// PostgreSQL alone: SQLite's schemas are other databases, and a guard there can't note its cells in this one.
#[test]
fn a_table_in_a_schema_is_sealed_as_any_other() {
    let plain = "CREATE SCHEMA app; CREATE TABLE app.clients (id TEXT PRIMARY KEY, firm_id TEXT NOT NULL)";
    let mut db = Postgres::new("namespaces", &super::tables::<Client>(Backend::Postgres, plain));
    let (conn, session) = (&mut db.conn, session());
    let client = Client { id: "c1".into(), firm_id: "acme".into(), email: secret("mail") };
    let sealed = session.seal(&client).unwrap();
    diesel::insert_into(clients::table).values(&sealed).execute(conn).unwrap();
    let found = clients::table.filter(Client::email().eq(&session, secret("mail")).unwrap());
    let row = found.select(SealedClient::as_select()).first(conn).unwrap();
    assert_eq!(session.open(row).unwrap(), client);
    // The table's id in key derivation is its name without the schema.
    assert_eq!((Client::SCHEMA.table, Client::SCHEMA.table_id), ("app.clients", "clients"));

    let moved = diesel::update(clients::table.find("c1")).set(clients::id.eq("c2")).execute(conn);
    moved.expect_err("the guard stands there too");
    let vault = fieldseal::testing::vault();
    vault.register::<Client>().unwrap();
    vault.check_schema(conn).unwrap();
    assert_sealed_everywhere(conn);
}

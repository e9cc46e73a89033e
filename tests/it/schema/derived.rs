//! A derived model, its printed migration, the check, and Diesel's statements through the guard.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::upsert::excluded;
use fieldseal::schema::{Backend, migration};

use crate::models::client::{Client, ClientPatch, Intake, SealedClient, clients};

const TABLE: &str =
    "CREATE TABLE clients (id text PRIMARY KEY, firm_id text NOT NULL, display_name text NOT NULL UNIQUE);";

fn client(id: &str) -> Client {
    Client {
        id: id.to_owned(),
        firm_id: "acme".to_owned(),
        display_name: "Erika".to_owned(),
        email: format!("{id}@example.org"),
        notes: Some("note".to_owned()),
        intake: Intake { matter: "divorce".to_owned(), urgent: false },
        phone: None,
        visits: 1,
        tax_id: "DE1".to_owned(),
    }
}

const SEALED_FOR_ANOTHER: &str = "this cell was sealed for another row or firm";

/// Changesets sealed for another row or by another firm, on a query that forgot to ask for key and firm.
macro_rules! refuses_other_rows {
    ($conn:expr, $vault:expr, $session:expr) => {{
        let (conn, session) = ($conn, $session);
        let refused = |result: QueryResult<usize>, what: &str| {
            let error = result.expect_err(what).to_string();
            assert!(error.contains(what), "{error}");
        };
        let note = ClientPatch { notes: Some(Some("x")), ..ClientPatch::default() };
        let patch = session.seal_for("two", &note).unwrap();
        refused(diesel::update(clients::table.find("one")).set(patch).execute(conn), "fieldseal: the row key changed");
        let set = Client::notes().set(&session, "two", Some("x".to_owned())).unwrap();
        refused(diesel::update(clients::table.find("one")).set(set).execute(conn), SEALED_FOR_ANOTHER);

        let other = $vault.blocking().session("other firm").unwrap();
        let patch = other.seal_for("one", &note).unwrap();
        refused(diesel::update(clients::table.find("one")).set(&patch).execute(conn), "fieldseal: the firm changed");
        refused(diesel::update(clients::table.find("one")).set(patch).execute(conn), "fieldseal: the firm changed");
        let set = Client::notes().set(&other, "one", Some("x".to_owned())).unwrap();
        refused(diesel::update(clients::table.find("one")).set(set).execute(conn), SEALED_FOR_ANOTHER);
        let rename = ClientPatch { display_name: Some("Ada"), ..ClientPatch::default() };
        let rename = other.seal_for("one", &rename).unwrap();
        assert_eq!(diesel::update(clients::table.find("one")).set(rename).execute(conn).unwrap(), 1, "holds no cell");
        diesel::update(clients::table).set(clients::display_name.eq("Erika")).execute(conn).unwrap();
    }};
}

/// The same statements on either kind of connection.
macro_rules! statements {
    ($conn:expr, $backend:expr) => {{
        let (conn, vault) = ($conn, fieldseal::testing::vault());
        conn.batch_execute(TABLE).unwrap();
        conn.batch_execute(&migration::<Client>($backend).up).unwrap();
        vault.register::<Client>().unwrap();
        vault.check_schema(conn).unwrap();

        let session = vault.blocking().session("acme").unwrap();
        let upsert = |client: &Client| {
            diesel::insert_into(clients::table)
                .values(session.seal(client).unwrap())
                .on_conflict(clients::display_name)
                .do_update()
                .set((
                    clients::email.eq(excluded(clients::email)),
                    clients::email_term.eq(excluded(clients::email_term)),
                ))
        };
        upsert(&client("one")).execute(conn).unwrap();
        let error = upsert(&client("two")).execute(conn).unwrap_err();
        assert!(error.to_string().contains("the upsert would put a cell into another row"), "{error}");
        upsert(&Client { email: "new@example.org".to_owned(), ..client("one") }).execute(conn).unwrap();
        let patch = ClientPatch { notes: Some(None), ..ClientPatch::default() };
        let patch = session.seal_for("one".to_owned(), &patch).unwrap();
        diesel::update(clients::table.find("one")).set(patch).execute(conn).unwrap();

        refuses_other_rows!(&mut *conn, &vault, &session);

        let row = clients::table.select(SealedClient::as_select()).first(conn).unwrap();
        let expected = Client { email: "new@example.org".to_owned(), notes: None, ..client("one") };
        assert_eq!(session.open(row).unwrap(), expected);
    }};
}

#[test]
fn a_derived_model_lives_on_postgres() {
    let database = crate::support::postgres::server().database("derived");
    statements!(&mut PgConnection::establish(&database.url()).unwrap(), Backend::Postgres);
}

#[test]
fn a_derived_model_lives_on_sqlite() {
    statements!(&mut crate::support::sqlite::memory(), Backend::Sqlite);
}

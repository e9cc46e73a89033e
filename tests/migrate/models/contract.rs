//! After contract the option is taken away, and nothing else of the service's code.

use diesel::prelude::*;
use fieldseal::keys::Phase;
use fieldseal::testing::TestVault;

/// The service: the same words for both models.
macro_rules! service {
    () => {
        pub(super) fn run(conn: &mut SqliteConnection, session: &Session, id: &str) {
            let client = Client {
                id: id.into(),
                firm_id: "acme".into(),
                email: format!("{id}@b.c"),
                notes: Some("called".into()),
            };
            diesel::insert_into(clients::table).values(session.seal(&client).unwrap()).execute(conn).unwrap();
            let email = Client::email().set(session, id, "new@b.c").unwrap();
            diesel::update(clients::table.find(id)).set(email).execute(conn).unwrap();
            let patch = Patch { notes: Some("patched".into()) };
            diesel::update(clients::table.find(id)).set(session.seal_for(id, &patch).unwrap()).execute(conn).unwrap();
            let by_email =
                clients::table.filter(Client::email().eq(session, "new@b.c").unwrap()).filter(clients::id.eq(id));
            let row = by_email.select(SealedClient::as_select()).first(conn).unwrap();
            let found = Client { email: "new@b.c".into(), notes: Some("patched".into()), ..client };
            assert_eq!(session.open(row).unwrap(), found);
            let cell = clients::table.find(id).select(Client::notes().cell()).first(conn).unwrap();
            assert_eq!(Client::notes().open(session, cell).unwrap().as_deref(), Some("patched"));
        }

        pub(super) fn read(conn: &mut SqliteConnection, session: &Session) -> usize {
            let rows = clients::table.select(SealedClient::as_select()).load(conn).unwrap();
            session.open(rows).unwrap().len()
        }
    };
}

mod before {
    use diesel::prelude::*;
    use fieldseal::{Encrypted, Session};

    diesel::table! {
        use diesel::sql_types::*;
        use fieldseal::schema_types::*;

        clients (id) {
            id -> Text,
            firm_id -> Text,
            email_plain -> Nullable<Text>,
            email -> Nullable<FieldsealText>,
            email_term -> Nullable<FieldsealTextTerm>,
            notes_plain -> Nullable<Text>,
            notes -> Nullable<FieldsealText>,
        }
    }

    #[derive(Debug, PartialEq, Encrypted)]
    #[diesel(table_name = clients)]
    #[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
    pub(super) struct Client {
        id: String,
        firm_id: String,
        #[encrypted(index(email_term), legacy = email_plain)]
        email: String,
        #[encrypted(legacy = notes_plain)]
        notes: Option<String>,
    }

    #[derive(Encrypted)]
    #[diesel(table_name = clients)]
    #[encrypted(model = Client, derive(AsChangeset))]
    struct Patch {
        #[encrypted(legacy = notes_plain)]
        notes: Option<String>,
    }

    service!();
}

mod after {
    use diesel::prelude::*;
    use fieldseal::{Encrypted, Session};

    diesel::table! {
        use diesel::sql_types::*;
        use fieldseal::schema_types::*;

        clients (id) {
            id -> Text,
            firm_id -> Text,
            email -> FieldsealText,
            email_term -> FieldsealTextTerm,
            notes -> Nullable<FieldsealText>,
        }
    }

    #[derive(Debug, PartialEq, Encrypted)]
    #[diesel(table_name = clients)]
    #[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
    pub(super) struct Client {
        id: String,
        firm_id: String,
        #[encrypted(index(email_term))]
        email: String,
        #[encrypted]
        notes: Option<String>,
    }

    #[derive(Encrypted)]
    #[diesel(table_name = clients)]
    #[encrypted(model = Client, derive(AsChangeset))]
    struct Patch {
        #[encrypted]
        notes: Option<String>,
    }

    service!();
}

#[test]
fn the_same_service_runs_in_every_phase_and_after_contract() {
    let conn = &mut SqliteConnection::establish(":memory:").unwrap();
    let table = "CREATE TABLE clients (id TEXT PRIMARY KEY, firm_id TEXT NOT NULL, email_plain TEXT, email BLOB, \
        email_term BLOB, notes_plain TEXT, notes BLOB)";
    diesel::sql_query(table).execute(conn).unwrap();
    let vault = TestVault::new().phase("clients", &["email", "notes"], Phase::Expanded).build();
    let session = vault.blocking().session("acme").unwrap();
    for phase in Phase::ALL {
        before::run(conn, &session, phase.as_str());
        if phase == Phase::Expanded {
            // As the backfill would leave it: what was written in plaintext alone is not there after cut-over.
            diesel::sql_query("DELETE FROM clients").execute(conn).unwrap();
        }
        if phase.next().is_some() {
            pollster::block_on(vault.admin().advance_phase("clients", phase)).unwrap();
        }
    }
    assert_eq!(before::read(conn, &session), 3);
    for column in ["email_plain", "notes_plain"] {
        diesel::sql_query(format!("ALTER TABLE clients DROP COLUMN {column}")).execute(conn).unwrap();
    }
    after::run(conn, &session, "after");
    assert_eq!(after::read(conn, &session), 4);
}

//! `fieldseal::multi_connection!`: every stored form, upserts by a match, and the schema check, in one body for both
//! databases. The cases of `backends` run over the same enum.

use std::path::Path;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use fieldseal::Session;
use fieldseal::schema::{Backend, SchemaError};

use crate::backends::{make_tables, postgres_database, sqlite_database};
use crate::models::client::{Client, SealedClient, client, clients};
use crate::models::document::{Document, NewDocument, SealedDocument, documents};
use crate::models::sample::{Sample, SealedSample, samples};
use crate::models::setting::{SealedSetting, Setting, SettingPatch, setting, settings};

fieldseal::multi_connection!(
    /// A connection to any database of the tests.
    pub(crate) enum AnyConnection {
        Postgres(PgConnection),
        /// Without a server.
        Sqlite(SqliteConnection),
        #[cfg(any())]
        Absent(NoSuchConnection),
    }
);

/// Runs a test on PostgreSQL and on SQLite.
fn on_both(test: impl Fn(&mut AnyConnection)) {
    let database = postgres_database("multi");
    test(&mut AnyConnection::establish(&database.url()).unwrap());
    test(&mut AnyConnection::Sqlite(sqlite_database()));
}

fn session(firm: i64) -> Session {
    let vault = fieldseal::testing::vault().blocking();
    vault.create_firm(firm).unwrap();
    vault.session(firm).unwrap()
}

#[test]
fn every_stored_form_goes_through_with_and_without_null() {
    on_both(|conn| {
        let session = session(7);
        let all = [Sample::new(1, "one"), Sample::new(2, "two").filled()];
        for row in session.seal(&all[..]).unwrap() {
            diesel::insert_into(samples::table).values(row).execute(conn).unwrap();
        }
        let query = samples::table.order(samples::id).select(SealedSample::as_select());
        assert_eq!(session.open(query.load(conn).unwrap()).unwrap(), all);

        let changed = Sample { bytes: vec![0xF5, 0], flag: false, ..all[1].clone() };
        diesel::update(samples::table.find(2)).set(session.seal(&changed).unwrap()).execute(conn).unwrap();
        let set = Sample::maybe_token().set(&session, 1, uuid::Uuid::nil()).unwrap();
        diesel::update(samples::table.find(1)).set(set).execute(conn).unwrap();
        let first = Sample { maybe_token: Some(uuid::Uuid::nil()), ..all[0].clone() };
        assert_eq!(session.open(query.load(conn).unwrap()).unwrap(), [first, changed]);
    });
}

#[test]
fn boxed_queries_and_patches_of_the_platforms_rows_take_the_enum() {
    on_both(|conn| {
        let vault = fieldseal::testing::vault().blocking();
        let session = vault.platform().unwrap();
        for number in [1, 2] {
            let row = session.seal(&setting("mail", number)).unwrap();
            diesel::insert_into(settings::table).values(row).execute(conn).unwrap();
        }
        let patch = SettingPatch { value: None, previous: Some(Some("before")) };
        let sealed = session.seal_for(("mail".to_owned(), 2), &patch).unwrap();
        diesel::update(settings::table.find(("mail", 2))).set(sealed).execute(conn).unwrap();
        let boxed = settings::table.filter(settings::number.gt(1)).select(SealedSetting::as_select()).into_boxed();
        let found = session.open(boxed.first::<SealedSetting>(conn).unwrap()).unwrap();
        assert_eq!(found, Setting { previous: Some("before".to_owned()), ..setting("mail", 2) });
    });
}

/// Diesel has no upsert for several backends at once: the connection in use takes it.
#[test]
fn a_twin_is_upserted_in_each_arm() {
    on_both(|conn| {
        let vault = fieldseal::testing::vault().blocking();
        vault.create_firm("acme").unwrap();
        let session = vault.session("acme").unwrap();
        for name in ["first", "second"] {
            let new = NewDocument { seal_id: "s1", firm_id: "acme", name, reference: Some("a-1") };
            let row = session.seal(&new).unwrap();
            let insert = diesel::insert_into(documents::table).values(&row);
            let upsert = insert.on_conflict(documents::seal_id).do_update().set(&row);
            match conn {
                AnyConnection::Postgres(conn) => upsert.execute(conn),
                AnyConnection::Sqlite(conn) => upsert.execute(conn),
            }
            .unwrap();
        }
        let by_reference = documents::table.filter(Document::reference().eq(&session, "A1").unwrap());
        let row = by_reference.select(SealedDocument::as_select()).first(conn).unwrap();
        assert_eq!(session.open(row).unwrap().name, "second");
    });
}

#[test]
fn a_tampered_row_is_an_error_and_not_a_missing_one() {
    on_both(|conn| {
        let vault = fieldseal::testing::vault().blocking();
        vault.create_firm("acme").unwrap();
        let session = vault.session("acme").unwrap();
        let rows = session.seal(&[client(1), client(2)][..]).unwrap();
        for row in &rows {
            diesel::insert_into(clients::table).values(row).execute(conn).unwrap();
        }
        let other = clients::email.eq(&rows[0].email);
        diesel::update(clients::table.find(client(2).id)).set(other).execute(conn).unwrap();
        let query = clients::table.find(client(2).id).select(SealedClient::as_select());
        let row = query.first(conn).optional().unwrap();
        assert_eq!(session.open(row).unwrap_err().code(), "open.unauthentic");
    });
}

#[test]
fn the_schema_of_the_database_in_use_is_checked() {
    on_both(|conn| {
        let vault = fieldseal::testing::vault();
        vault.register::<(Client, Sample, Setting, Document)>().unwrap();
        vault.check_schema(conn).unwrap();
        conn.batch_execute("DROP INDEX clients_email_term_idx").unwrap();
        let Err(SchemaError::Differs(differences)) = vault.check_schema(conn) else { panic!("the index is gone") };
        assert_eq!(differences.len(), 1);
        assert!(differences[0].to_string().starts_with("clients.email_term: expected a unique index"));
    });
}

/// A pooled connection is checked as it is: there is no enum to match on.
#[test]
fn a_pooled_connection_is_checked_too() {
    let database = postgres_database("multi_pool");
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("multi.db").to_str().unwrap().to_owned();
    make_tables(&mut crate::support::sqlite::open(Path::new(&file)), Backend::Sqlite);
    let vault = fieldseal::testing::vault();
    vault.register::<(Client, Sample)>().unwrap();
    for url in [database.url(), file] {
        let pool = Pool::builder().max_size(1).build(ConnectionManager::<AnyConnection>::new(url)).unwrap();
        vault.check_schema(&mut pool.get().unwrap()).unwrap();
    }
}

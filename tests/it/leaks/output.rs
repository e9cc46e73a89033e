//! What a service may print: queries, twins, sessions, errors.

use std::error::Error as StdError;
use std::sync::{Arc, Mutex};

use diesel::connection::{Instrumentation, InstrumentationEvent};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use fieldseal::{Encrypted, Error};
use serde::{Deserialize, Serialize, Serializer};

use super::assert_silent;
use super::writes::*;
use super::{MARK, NUMBER};
use crate::backends::{postgres_database, sqlite_database};
use crate::models::client::*;
use crate::models::sample::*;
use crate::models::user::*;

fn silent(text: &str) {
    assert_silent(text.as_bytes(), text);
}

#[test]
fn debug_query_shows_lengths_only() {
    let (session, samples_of) = sessions(&fieldseal::testing::vault());
    let insert = diesel::insert_into(clients::table).values(session.seal(&[marked_client(1)][..]).unwrap());
    let text = diesel::debug_query::<Pg, _>(&insert).to_string();
    assert!(text.contains("sealed, ") && text.contains("term, "), "{text}");
    silent(&text);
    let insert = diesel::insert_into(samples::table).values(samples_of.seal(&marked_sample(1)).unwrap());
    silent(&diesel::debug_query::<Sqlite, _>(&insert).to_string());
    let patch = ClientPatch { email: Some(MARK), notes: Some(Some(MARK)), ..ClientPatch::default() };
    let update = diesel::update(clients::table.find("x")).set(session.seal_for("x", &patch).unwrap());
    silent(&diesel::debug_query::<Pg, _>(&update).to_string());
    let set = Client::visits().set(&session, "x", NUMBER).unwrap();
    silent(&diesel::debug_query::<Pg, _>(&diesel::update(clients::table.find("x")).set(set)).to_string());
    let by_email = clients::table.filter(Client::email().eq(&session, MARK).unwrap());
    silent(&diesel::debug_query::<Pg, _>(&by_email).to_string());
    silent(&format!("{by_email:?}"));
}

#[test]
fn twins_sessions_and_vaults_print_no_plaintext_and_no_key() {
    let vault = fieldseal::testing::vault();
    let (session, samples_of) = sessions(&vault);
    let twin = session.seal(&marked_client(1)).unwrap();
    assert!(format!("{twin:?}").contains("<sealed, "));
    silent(&format!("{twin:?} {:?} {:#?}", twin.email, samples_of.seal(&marked_sample(1)).unwrap()));
    silent(&serde_json::to_string(&twin.email).unwrap());
    let right = vault.blocking().global_index().unwrap();
    let printed = format!("{vault:?} {:?} {session:?} {right:?} {:?}", vault.blocking(), session.as_ref());
    assert_eq!(
        printed,
        "Vault BlockingVault(Vault) Session { cells: CellKeys(text:acme) } GlobalIndex CellKeys(text:acme)"
    );
    let _: &fieldseal::model::CellKeys = session.as_ref();
}

/// A JSON value whose own serializer quotes it in an error.
#[derive(Debug, Deserialize)]
struct Talkative(String);

impl Serialize for Talkative {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom(format!("{} can't be written", self.0)))
    }
}

#[derive(Debug, Encrypted)]
#[diesel(table_name = samples)]
#[encrypted(firm = firm_id, sealed = SealedTalk, derive(Queryable, Selectable))]
struct Talk {
    id: i64,
    firm_id: i64,
    #[encrypted(json)]
    form: Talkative,
}

#[derive(Debug, Encrypted)]
#[diesel(table_name = samples)]
#[encrypted(firm = firm_id, derive(Queryable, Selectable))]
struct Misread {
    id: i64,
    firm_id: i64,
    #[encrypted]
    big: i32,
}

#[derive(Debug, Encrypted)]
#[diesel(table_name = samples)]
#[encrypted(firm = firm_id, derive(Queryable, Selectable))]
struct Reshaped {
    id: i64,
    firm_id: i64,
    #[encrypted(json)]
    form: u8,
}

#[test]
fn no_error_quotes_a_value() {
    let vault = fieldseal::testing::vault();
    let (session, samples_of) = sessions(&vault);
    let other = Client { firm_id: "bolt".into(), ..marked_client(1) };
    let talk = Talk { id: 1, firm_id: 7, form: Talkative(MARK.into()) };
    let user = user(1, "acme", MARK);
    let twin = session.seal(&marked_client(1)).unwrap();
    let moved = SealedClient { id: "elsewhere".into(), ..twin.clone() };
    let plain = SealedClient { email: fieldseal::Ciphertext::from_bytes(MARK.into()), ..twin.clone() };
    let sample = samples_of.seal(&marked_sample(1)).unwrap();
    let misread = SealedMisread { id: 1, firm_id: 7, big: sample.big };
    let reshaped = SealedReshaped { id: 1, firm_id: 7, form: sample.form };
    let unborn = Client::email().eq(&vault.blocking().session("new").unwrap(), MARK).map(drop);
    let errors: Vec<(&str, Error)> = vec![
        ("seal.wrong_firm", session.seal(&other).unwrap_err().into()),
        ("seal.codec", samples_of.seal(&talk).unwrap_err().into()),
        ("seal.no_global_index", session.seal(&user).unwrap_err().into()),
        ("open.wrong_firm", samples_of.open(twin).unwrap_err().into()),
        ("open.unauthentic", session.open(moved).unwrap_err().into()),
        ("open.envelope", session.open(plain).unwrap_err().into()),
        ("open.codec", samples_of.open(misread).unwrap_err().into()),
        ("open.codec", samples_of.open(reshaped).unwrap_err().into()),
        ("keys.unknown_firm", unborn.unwrap_err().into()),
    ];
    for (code, error) in errors {
        assert_eq!(error.code(), code);
        let in_diesel = diesel::result::Error::SerializationError(Box::new(error));
        silent(&spelled(&in_diesel));
    }
}

/// An error and its sources, displayed and debugged.
fn spelled(error: &dyn StdError) -> String {
    let own = format!("{error} {error:?} {error:#?}");
    error.source().map_or(own.clone(), |source| format!("{own}\n{}", spelled(source)))
}

/// Keeps every event's debug form.
struct Recorder(Arc<Mutex<String>>);

impl Instrumentation for Recorder {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        self.0.lock().unwrap().push_str(&format!("{event:?}\n"));
    }
}

#[test]
fn diesels_instrumentation_and_database_errors_show_no_plaintext() {
    let (clients_of, samples_of) = sessions(&fieldseal::testing::vault());
    let seen = Arc::new(Mutex::new(String::new()));
    let database = postgres_database("leak_errors");
    let mut postgres = PgConnection::establish(&database.url()).unwrap();
    postgres.set_instrumentation(Recorder(seen.clone()));
    write_everything!(&mut postgres, &clients_of, &samples_of);
    let mut sqlite = sqlite_database();
    sqlite.set_instrumentation(Recorder(seen.clone()));
    write_everything!(&mut sqlite, &clients_of, &samples_of);

    macro_rules! refused {
        ($conn:expr, $query:expr) => {
            silent(&spelled(&$query.execute($conn).unwrap_err()))
        };
    }
    let same = Client { id: "another".into(), ..marked_client(4) };
    let twin = clients_of.seal(&same).unwrap();
    refused!(&mut postgres, diesel::insert_into(clients::table).values(&twin));
    refused!(&mut sqlite, diesel::insert_into(clients::table).values(&twin));
    refused!(
        &mut postgres,
        diesel::sql_query("INSERT INTO clients (id, email) SELECT 'x', email FROM clients LIMIT 1")
    );
    refused!(&mut sqlite, diesel::sql_query("INSERT INTO clients (id, email) SELECT 'x', email FROM clients LIMIT 1"));
    refused!(&mut postgres, diesel::sql_query("SELECT convert_from(email, 'UTF8')::integer FROM clients"));
    let seen = seen.lock().unwrap();
    assert!(seen.contains("FinishQuery"));
    silent(&seen);
}

/// A client's JSON that holds plaintext where the twin has a cell: serde and hex would quote it.
#[test]
fn what_is_no_cell_is_not_quoted_when_it_is_deserialized() {
    let json = [format!("{MARK:?}"), format!("[{MARK:?}]"), format!("{{{MARK:?}: 1}}"), NUMBER.to_string()];
    for json in json {
        let cell = serde_json::from_str::<fieldseal::Ciphertext<diesel::sql_types::Text>>(&json).unwrap_err();
        let term = serde_json::from_str::<fieldseal::Term<diesel::sql_types::Text>>(&json).unwrap_err();
        silent(&spelled(&cell));
        silent(&spelled(&term));
        assert!(cell.to_string().starts_with("not a sealed value"), "{cell}");
        assert!(term.to_string().starts_with("not a term value"), "{term}");
    }
}

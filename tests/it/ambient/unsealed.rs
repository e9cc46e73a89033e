//! What could not be sealed has no bytes that somebody could store by another way than Diesel's.

use diesel::prelude::*;
use fieldseal::{Ciphertext, Encrypted, Error, Protected};

use super::models::*;
use super::{code, session};
use crate::backends::sqlite_database;
use crate::models::client::clients;

/// A client's mail, closed.
#[derive(Debug, Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(model = Client, firm = firm_id, derive(Queryable, AsChangeset))]
struct ClosedMail {
    id: String,
    firm_id: String,
    #[encrypted(index(email_term))]
    email: Protected<String>,
}

/// A form that takes a cell.
#[derive(Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(model = Client, firm = firm_id, derive(AsChangeset))]
struct SealedMail {
    id: String,
    firm_id: String,
    #[encrypted(index(email_term))]
    email: Ciphertext<diesel::sql_types::Text>,
}

/// The twin of a patch that met no scope.
fn lost() -> SealedClientPatch<'static> {
    ClientPatch { email: Some("hunter2@b.c"), ..ClientPatch::default() }.for_row("c1")
}

#[test]
fn its_bytes_are_the_error() {
    let (cell, term) = (lost().email.unwrap(), lost().email_term.unwrap());
    assert_eq!(code(cell.as_bytes()), "keys.no_scope");
    assert_eq!(code(term.as_bytes()), "keys.no_scope");
    assert_eq!(code(cell.clone().into_bytes()), "keys.no_scope");
    assert_eq!(code(term.clone().into_bytes()), "keys.no_scope");
    for text in [format!("{cell:?}"), serde_json::to_string(&cell).unwrap_err().to_string()] {
        assert!(text.contains("no session is in scope for `Client`") && !text.contains("hunter2"), "{text}");
    }
    assert!(cell != cell.clone() && term != term.clone());
}

#[test]
fn a_refused_values_term_is_the_refusal() {
    let other = fieldseal::testing::vault().blocking().platform().unwrap();
    let failed = other.scope_sync(|| {
        let patch = ClientPatch { email: Some("hunter2@b.c"), ..ClientPatch::default() };
        patch.for_row("c1").email_term.unwrap()
    });
    assert_eq!(code(failed.into_bytes()), "seal.platform_session");
}

/// An empty cell would be stored by the next save.
#[test]
fn it_becomes_no_closed_value() {
    let (session, honest) = (session(), session().seal(&client(1)).unwrap());
    let twin = SealedClosedMail {
        id: "c1".into(),
        firm_id: "acme".into(),
        email: lost().email.unwrap(),
        email_term: honest.email_term.clone(),
    };
    let error = session.open(twin).unwrap_err();
    assert_eq!((error.code(), error.is_retryable()), ("open.not_sealed", false));
    assert!(error.to_string().starts_with("clients.email was not sealed: no session is in scope"), "{error}");
    let twin = SealedClosedMail {
        id: "c1".into(),
        firm_id: "acme".into(),
        email: honest.email,
        email_term: lost().email_term.unwrap(),
    };
    assert_eq!(session.open(twin).unwrap_err().code(), "open.not_sealed");
}

#[test]
fn it_is_neither_opened_nor_taken_for_a_cell_sealed_ahead() {
    let session = session();
    let twin = SealedClient { email: lost().email.unwrap(), ..session.seal(&client(1)).unwrap() };
    assert_eq!(session.open(twin).unwrap_err().code(), "open.not_sealed");
    let form = SealedMail { id: "c1".into(), firm_id: "acme".into(), email: lost().email.unwrap() };
    let error = session.seal(&form).map(|_| ()).unwrap_err();
    assert_eq!(error.code(), "seal.misplaced");
    assert_eq!(Error::from(error).to_string().matches("hunter2").count(), 0);
}

/// Raw SQL takes the cell itself, or its bytes: both say why there are none.
#[test]
fn raw_sql_stores_nothing() {
    let (session, mut conn) = (session(), sqlite_database());
    diesel::insert_into(clients::table).values(session.seal(&client(1)).unwrap()).execute(&mut conn).unwrap();
    let update = diesel::sql_query("UPDATE clients SET email = ?");
    let bound = update.bind::<fieldseal::schema_types::FieldsealText, _>(lost().email.unwrap());
    assert_eq!(code(bound.execute(&mut conn)), "keys.no_scope");
    let by_bytes = lost().email.unwrap().into_bytes().and_then(|bytes| {
        diesel::sql_query("UPDATE clients SET email = ?").bind::<diesel::sql_types::Binary, _>(bytes).execute(&mut conn)
    });
    assert_eq!(code(by_bytes), "keys.no_scope");
    let row = clients::table.select(SealedClient::as_select()).first(&mut conn).unwrap();
    assert_eq!(session.open(row).unwrap(), client(1));
}

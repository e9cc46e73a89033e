//! Values that are sealed before their row exists: a form takes the cell, and looks where it belongs.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use fieldseal::{Ciphertext, Encrypted, SealError, Session, testing};

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    accounts (id) {
        id -> BigInt,
        firm_id -> Text,
        email -> FieldsealText,
        email_term -> FieldsealTextTerm,
        token -> Nullable<FieldsealText>,
    }
}

#[derive(Debug, PartialEq, Encrypted)]
#[diesel(table_name = accounts)]
#[encrypted(firm = firm_id, derive(Queryable, Selectable))]
struct Account {
    id: i64,
    firm_id: String,
    #[encrypted(index(email_term, normalize = email, unique))]
    email: String,
    #[encrypted]
    token: Option<String>,
}

#[derive(Encrypted)]
#[diesel(table_name = accounts)]
#[encrypted(model = Account, firm = firm_id, derive(Insertable))]
struct NewAccount<'a> {
    id: i64,
    firm_id: &'a str,
    #[encrypted(index(email_term))]
    email: Ciphertext<Text>,
    #[encrypted]
    token: Option<&'a Ciphertext<Text>>,
}

fn session(firm: &str) -> Session {
    testing::TestVault::new().seed(5).build().blocking().session(firm).unwrap()
}

fn database() -> SqliteConnection {
    let mut conn = crate::support::sqlite::memory();
    let plain = "CREATE TABLE accounts (id BIGINT PRIMARY KEY, firm_id TEXT NOT NULL, email BLOB NOT NULL, \
                 email_term BLOB NOT NULL, token BLOB)";
    conn.batch_execute(plain).unwrap();
    conn
}

/// What a job's queue or a cookie keeps of a cell, and gives back.
fn kept(cell: &Ciphertext<Text>) -> Ciphertext<Text> {
    serde_json::from_str(&serde_json::to_string(cell).unwrap()).unwrap()
}

#[test]
fn a_cell_sealed_ahead_becomes_the_rows_and_is_found() {
    let (session, mut conn) = (session("acme"), database());
    let email = kept(&Account::email().seal(&session, &7, "Ada@Example.org").unwrap());
    let token = Account::token().seal(&session, &7, "s3cret").unwrap();
    let new = NewAccount { id: 7, firm_id: "acme", email: email.clone(), token: Some(&token) };
    diesel::insert_into(accounts::table).values(session.seal(&new).unwrap()).execute(&mut conn).unwrap();

    let stored = accounts::table.select((accounts::email, accounts::token)).first(&mut conn).unwrap();
    assert_eq!((email, Some(token)), stored);
    let found = accounts::table.filter(Account::email().eq(&session, "ada@example.org").unwrap());
    let row = found.select(SealedAccount::as_select()).first(&mut conn).unwrap();
    let account =
        Account { id: 7, firm_id: "acme".into(), email: "Ada@Example.org".into(), token: Some("s3cret".into()) };
    assert_eq!(session.open(row).unwrap(), account);
}

#[test]
fn a_cell_of_another_place_is_refused_when_it_would_be_stored() {
    let session = session("acme");
    let email = |key| Account::email().seal(&session, &key, "ada@example.org").unwrap();
    let refused = |email: Ciphertext<Text>, token: Option<&Ciphertext<Text>>| {
        let error = session.seal(&NewAccount { id: 7, firm_id: "acme", email, token }).map(|_| ()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("ada"));
        (error.code(), matches!(error, SealError::Misplaced { table: "accounts", .. }))
    };
    assert_eq!(refused(email(8), None), ("seal.misplaced", true), "of another row");
    assert_eq!(refused(email(7), Some(&email(7))), ("seal.misplaced", true), "of another column");
    assert_eq!(refused(Ciphertext::from_bytes(b"ada@example.org".to_vec()), None).0, "seal.misplaced", "no cell");
    let other = self::session("globex");
    let foreign = Account::email().seal(&other, &7, "ada@example.org").unwrap();
    assert_eq!(refused(foreign, None).0, "seal.misplaced", "of another firm");
}

diesel::table! {
    use fieldseal::schema_types::*;
    use diesel::sql_types::*;

    letters (id) {
        id -> BigInt,
        firm_id -> Text,
        body -> FieldsealText,
    }
}

/// The model of an earlier release.
#[derive(Encrypted)]
#[diesel(table_name = letters)]
#[encrypted(firm = firm_id, derive(Queryable))]
struct Short {
    id: i64,
    firm_id: String,
    #[encrypted(pad = 32)]
    body: String,
}

#[derive(Debug, PartialEq, Encrypted)]
#[diesel(table_name = letters)]
#[encrypted(firm = firm_id, derive(Queryable))]
struct Letter {
    id: i64,
    firm_id: String,
    #[encrypted(pad = 64)]
    body: String,
}

#[derive(Encrypted)]
#[diesel(table_name = letters)]
#[encrypted(model = Letter, firm = firm_id, derive(Insertable))]
struct NewLetter {
    id: i64,
    firm_id: String,
    #[encrypted]
    body: Ciphertext<Text>,
}

#[test]
fn a_cell_that_was_padded_otherwise_is_sealed_anew() {
    let session = session("acme");
    let stored = |body: &Ciphertext<Text>| {
        session.seal(&NewLetter { id: 7, firm_id: "acme".into(), body: body.clone() }).unwrap().body
    };
    let short = Short::body().seal(&session, &7, "s3cret").unwrap();
    let long = Letter::body().seal(&session, &7, "s3cret").unwrap();
    assert_eq!([&short, &long].map(|cell| cell.as_bytes().unwrap().len()), [42 + 32, 42 + 64]);
    assert_eq!(stored(&long), long);
    let padded = stored(&short);
    assert_eq!(padded.as_bytes().unwrap().len(), 42 + 64);
    let letter = Letter { id: 7, firm_id: "acme".into(), body: "s3cret".into() };
    assert_eq!(session.open(SealedLetter { id: 7, firm_id: "acme".into(), body: padded }).unwrap(), letter);
}

#[test]
fn who_can_not_look_stores_nothing() {
    let email = Account::email().seal(&session("acme"), &7, "ada@example.org").unwrap();
    let new = NewAccount { id: 7, firm_id: "acme", email, token: None };
    let error = Session::closed("acme").seal(&new).map(|_| ()).unwrap_err();
    assert_eq!(error.code(), "keys.closed_session");
}

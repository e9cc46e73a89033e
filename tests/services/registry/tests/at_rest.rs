//! What lies in the database, and in a visitor's cookie.

use chrono::Utc;
use diesel::sql_types::Text;
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use fieldseal::schema::{Backend, migration};
use fieldseal::{assert_sealed, testing};
use secrecy::ExposeSecret as _;

use super::{TestApp, user, user_with_email};
use crate::registry::db;
use crate::registry::models::{Email, OauthGithub, User};
use crate::registry::schema::{emails, oauth_github, users};
use crate::registry::session::CookieJar;
use crate::registry::signup::{GithubProfile, PendingSignup, SignIn, SignupError, callback, confirm};

type Models = (User, OauthGithub, Email);

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// Every row of every table, as psql shows it.
async fn dump(conn: &mut AsyncPgConnection) -> String {
    let tables = "SELECT tablename::text AS line FROM pg_tables WHERE schemaname = 'public'";
    let mut dump = String::new();
    for table in sql_query(tables).load::<Line>(conn).await.unwrap() {
        let rows = format!("SELECT t::text AS line FROM \"{}\" t", table.line);
        let rows = sql_query(rows).load::<Line>(conn).await.unwrap();
        dump.extend(rows.into_iter().map(|row| row.line + "\n"));
    }
    dump
}

fn ghost() -> GithubProfile {
    GithubProfile { id: 10137, login: "ghost".to_owned(), name: None, avatar_url: None }
}

/// The cookie of a visitor who comes with this token.
async fn cookie(conn: &mut AsyncPgConnection, jar: &CookieJar, token: &str) -> String {
    match callback(conn, jar, ghost(), token.to_owned()).await.unwrap() {
        SignIn::Confirm(cookie) => cookie,
        SignIn::Known(_) => panic!("the account should be new"),
    }
}

#[tokio::test]
async fn every_sealed_column_holds_cells_and_no_row_a_secret() {
    let app = TestApp::start().await;
    let mut conn = app.conn().await;
    let alice = user_with_email(&mut conn, "alice", 5).await;
    User::lock(&mut conn, alice.id, "Squatting, see ticket 4711", Utc::now()).await.unwrap();
    OauthGithub::renew(&mut conn, 5, "alice-lang", "gho_renewed").await.unwrap();
    let first = Email::find(&mut conn, alice.id).await.unwrap().unwrap().token;
    let second = Email::regenerate_token(&mut conn, alice.id).await.unwrap();

    assert_sealed!(&mut conn, users::account_lock_reason, await);
    assert_sealed!(&mut conn, oauth_github::token, await);
    assert_sealed!(&mut conn, emails::email, await);
    assert_sealed!(&mut conn, emails::token, await);
    let dump = dump(&mut conn).await;
    assert!(dump.contains("alice-lang"), "the rows are there: {dump}");
    let tokens = [first.expose_secret(), second.expose_secret()];
    for secret in ["gho_", "alice@example.org", "example.org", "Squatting", "4711"].into_iter().chain(tokens) {
        assert!(!dump.contains(secret) && !dump.contains(&hex::encode(secret)), "{secret} in {dump}");
    }
}

#[tokio::test]
async fn the_migration_is_what_fieldseal_prints_and_checks() {
    let printed = migration::<Models>(Backend::Postgres).up;
    assert!(db::MIGRATIONS.last().unwrap().ends_with(&printed), "print the migration anew:\n{printed}");

    let app = TestApp::start().await;
    let vault = testing::vault();
    vault.register::<Models>().unwrap();
    vault.check_schema_async(&mut *app.conn().await).await.unwrap();
}

#[tokio::test]
async fn the_token_in_a_cookie_is_the_cell_that_becomes_the_rows() {
    let app = TestApp::start().await;
    let (mut conn, jar) = (app.conn().await, CookieJar::new([7; 32]));
    let cookie = cookie(&mut conn, &jar, "gho_first").await;
    let payload = String::from_utf8(hex::decode(cookie.split_once('.').unwrap().0).unwrap()).unwrap();
    assert!(payload.contains(r#""login":"ghost""#) && !payload.contains("gho_"), "{payload}");
    assert!(!payload.contains(&hex::encode("gho_")), "{payload}");

    let pending: PendingSignup = jar.read(&cookie).unwrap();
    confirm(&mut conn, &jar, &cookie, "ghost@example.org").await.unwrap();
    let stored = dump(&mut conn).await;
    assert!(stored.contains(&hex::encode(pending.token.as_bytes().unwrap())), "{stored}");
}

#[tokio::test]
async fn a_token_sealed_for_another_account_is_no_sign_up() {
    let app = TestApp::start().await;
    let (mut conn, jar) = (app.conn().await, CookieJar::new([7; 32]));
    let pending: PendingSignup = jar.read(&cookie(&mut conn, &jar, "gho_first").await).unwrap();
    let moved = jar.write(&PendingSignup { account_id: 4711, ..pending }).unwrap();

    let Err(SignupError::Database(error)) = confirm(&mut conn, &jar, &moved, "ghost@example.org").await else {
        panic!("the row should not be inserted")
    };
    assert_eq!(fieldseal::Error::find(&error).unwrap().code(), "seal.misplaced");
    assert!(User::find_by_account(&mut conn, 4711).await.unwrap().is_none());
}

#[tokio::test]
async fn a_stolen_token_does_not_open_in_another_row() {
    let app = TestApp::start().await;
    let mut conn = app.conn().await;
    let (alice, mallory) = (user(&mut conn, "alice", 5).await, user(&mut conn, "mallory", 6).await);
    let steal =
        "UPDATE oauth_github SET token = (SELECT token FROM oauth_github WHERE account_id = 5) WHERE account_id = 6";
    sql_query(steal).execute(&mut conn).await.unwrap();

    let error = User::find(&mut conn, mallory.id).await.unwrap_err();
    assert_eq!(fieldseal::Error::find(&error).unwrap().code(), "open.unauthentic");
    assert_eq!(User::find(&mut conn, alice.id).await.unwrap(), alice);
}

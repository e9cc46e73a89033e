//! What lies in the database, now that fields are sealed.

use diesel::sql_types::Text;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use fieldseal::schema::{Backend, migration};
use fieldseal::{Error, assert_sealed};

use super::{TestForum, register};
use crate::forum::models::{
    Crud as _, LocalUser, LocalUserUpdateForm, PasswordResetRequest, Person, PersonActions, PersonProfileForm,
    PrivateMessage, RegistrationApplication,
};
use crate::forum::newtypes::PersonId;
use crate::forum::schema::{
    local_user, password_reset_request, person, person_actions, private_message, registration_application,
};
use crate::support::watch::public::permit;

type Models = (LocalUser, PasswordResetRequest, Person, PersonActions, PrivateMessage, RegistrationApplication);

/// What `fill` writes into sealed columns.
const SECRETS: [&str; 8] = [
    "Gerry@forum.example",
    "gerry@forum.example",
    "JBSWY3DPEHPK3PXP",
    "token of gerry",
    "private key of gerry",
    "@gerry:matrix.example",
    "Met at the meadow",
    "See you at noon",
];
const ANSWER: &str = "I am gerry and like lemmings";

/// A value in every sealed column.
async fn fill(conn: &mut AsyncPgConnection) -> (PersonId, PersonId) {
    let gerry = register(conn, "gerry", Some("Gerry@forum.example")).await;
    let anna = register(conn, "anna", None).await.person.id;
    let totp_2fa_secret = Some(Some("JBSWY3DPEHPK3PXP".into()));
    let form = LocalUserUpdateForm { totp_2fa_secret, ..LocalUserUpdateForm::default() };
    LocalUser::update(conn, gerry.local_user.id, &form).await.unwrap();
    PasswordResetRequest::create(conn, gerry.local_user.id, &"token of gerry".into()).await.unwrap();
    let matrix_user_id = Some("@gerry:matrix.example".to_owned());
    let form = PersonProfileForm { display_name: None, bio: None, matrix_user_id };
    Person::save_profile(conn, gerry.person.id, &form).await.unwrap();
    PersonActions::note(conn, anna, gerry.person.id, "Met at the meadow").await.unwrap();
    PrivateMessage::send_all(conn, gerry.person.id, &[anna], "See you at noon").await.unwrap();
    (gerry.person.id, anna)
}

#[derive(diesel::QueryableByName)]
struct Dump {
    #[diesel(sql_type = Text)]
    rows: String,
}

/// Every row of every table, as psql shows them.
async fn dump(conn: &mut AsyncPgConnection) -> String {
    let tables = [
        "local_user",
        "password_reset_request",
        "person",
        "person_actions",
        "private_message",
        "registration_application",
    ];
    let rows = tables.map(|table| format!("SELECT t::text AS r FROM {table} t")).join(" UNION ALL ");
    let query = diesel::sql_query(format!("SELECT string_agg(r, E'\\n') AS rows FROM ({rows}) AS every"));
    RunQueryDsl::get_result::<Dump>(query, conn).await.unwrap().rows
}

#[tokio::test]
async fn sealed_columns_hold_cells() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    fill(&mut conn).await;
    assert_sealed!(&mut *conn, local_user::email, await);
    assert_sealed!(&mut *conn, local_user::totp_2fa_secret, await);
    assert_sealed!(&mut *conn, password_reset_request::token, await);
    assert_sealed!(&mut *conn, person::matrix_user_id, await);
    assert_sealed!(&mut *conn, person::private_key, await);
    assert_sealed!(&mut *conn, person_actions::note, await);
    assert_sealed!(&mut *conn, private_message::content, await);
    assert_sealed!(&mut *conn, registration_application::answer, await);
}

#[tokio::test]
async fn no_row_shows_a_secret() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    fill(&mut conn).await;
    let rows = dump(&mut conn).await;
    assert!(rows.contains("https://forum.example/u/gerry"), "what is not sealed shows: {rows}");
    for secret in SECRETS.iter().chain([&ANSWER]) {
        assert!(!rows.contains(secret) && !rows.contains(&hex::encode(secret)), "{secret}: {rows}");
    }
}

#[tokio::test]
async fn the_database_is_as_the_models_say() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    let vault = fieldseal::testing::vault();
    vault.register::<Models>().unwrap();
    vault.check_schema_async(&mut *conn).await.unwrap();
}

#[test]
fn the_migration_is_the_printed_one() {
    let printed = migration::<Models>(Backend::Postgres).up;
    let sealing = include_str!("../migrations/2026-02-01-090000_seal_fields/up.sql");
    assert!(sealing.ends_with(&printed), "does not end with what is printed now:\n{printed}");
}

#[tokio::test]
async fn the_database_refuses_plaintext() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    fill(&mut conn).await;
    let _permit = permit("the database refuses it", "See you at noon");
    let plain = diesel::sql_query("UPDATE private_message SET content = convert_to('See you at noon', 'UTF8')");
    let refused = RunQueryDsl::execute(plain, &mut *conn).await.unwrap_err().to_string();
    assert!(refused.contains("fieldseal_text_column") && !refused.contains("See you"), "{refused}");
}

#[tokio::test]
async fn a_note_put_beside_another_person_is_an_error_and_no_missing_note() {
    let forum = TestForum::start().await;
    let mut conn = forum.conn().await;
    let (gerry, anna) = fill(&mut conn).await;
    PersonActions::note(&mut conn, gerry, anna, "Owes me an answer").await.unwrap();
    let swap = "UPDATE person_actions a SET note = b.note FROM person_actions b WHERE a.person_id <> b.person_id";
    RunQueryDsl::execute(diesel::sql_query(swap), &mut *conn).await.unwrap();
    let error = PersonActions::read(&mut conn, anna, gerry).await.unwrap_err();
    assert_eq!(Error::find(&error).map(Error::code), Some("open.unauthentic"));
}

//! Views that do not hold the row keys of the cells that they show, and models that are views as well.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use fieldseal::{Encrypted, Error, Session, testing};

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    users (id) {
        id -> BigInt,
        name -> Text,
        lock_reason -> Nullable<FieldsealText>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    accounts (provider, number) {
        provider -> Text,
        number -> BigInt,
        user_id -> BigInt,
        token -> FieldsealText,
    }
}

diesel::joinable!(accounts -> users (user_id));
diesel::allow_tables_to_appear_in_same_query!(accounts, users);

#[derive(Debug, Encrypted)]
#[diesel(table_name = accounts, primary_key(provider, number))]
#[encrypted(ambient, firm = platform, row = (provider, number), derive(Insertable, Queryable, Selectable))]
struct Account {
    provider: String,
    number: i64,
    user_id: i64,
    #[encrypted]
    token: String,
}

/// A model that is only loaded shows what is joined to it.
#[derive(Debug, PartialEq, Encrypted)]
#[diesel(table_name = users)]
#[diesel(base_query = users::table.inner_join(accounts::table))]
#[encrypted(ambient, firm = platform, derive(HasQuery))]
struct User {
    id: i64,
    name: String,
    #[encrypted]
    lock_reason: Option<String>,
    #[diesel(select_expression = accounts::token)]
    #[encrypted(of = Account::token, row = (accounts::provider, accounts::number))]
    token: String,
}

/// Holds no key at all.
#[derive(Debug, PartialEq, Encrypted)]
#[diesel(table_name = users)]
#[encrypted(ambient, derive(Selectable, Queryable))]
struct Card {
    name: String,
    #[encrypted(of = User::lock_reason, row = users::id)]
    lock_reason: Option<String>,
    #[diesel(select_expression = accounts::token.nullable())]
    #[encrypted(of = Account::token, row = (accounts::provider, accounts::number).nullable())]
    token: Option<String>,
}

fn start() -> (Session, SqliteConnection) {
    let mut conn = crate::support::sqlite::memory();
    let tables = "CREATE TABLE users (id BIGINT PRIMARY KEY, name TEXT NOT NULL, lock_reason BLOB); \
                  CREATE TABLE accounts (provider TEXT, number BIGINT, user_id BIGINT NOT NULL, token BLOB NOT NULL);
                  INSERT INTO users (id, name) VALUES (1, 'ada'), (2, 'bob')";
    conn.batch_execute(tables).unwrap();
    let session = pollster::block_on(testing::vault().platform()).unwrap();
    session.scope_sync(|| {
        let account = Account { provider: "hub".into(), number: 10, user_id: 1, token: "s3cret".into() };
        diesel::insert_into(accounts::table).values(account).execute(&mut conn).unwrap();
        let locked = User::lock_reason().scoped_set(2, "squatting");
        diesel::update(users::table.find(2)).set(locked).execute(&mut conn).unwrap();
    });
    (session, conn)
}

#[test]
fn a_model_that_is_only_loaded_shows_another_models_cell() {
    let (session, mut conn) = start();
    let loaded = session.scope_sync(|| User::query().load(&mut conn)).unwrap();
    let ada = User { id: 1, name: "ada".into(), lock_reason: None, token: "s3cret".into() };
    assert_eq!(loaded, [ada]);
}

#[test]
fn the_twin_selects_the_row_keys_that_a_view_lacks() {
    let (session, mut conn) = start();
    let query = users::table.left_join(accounts::table).select(Card::as_select()).order(users::id);
    let cards: Vec<Card> = session.scope_sync(|| query.load(&mut conn)).unwrap();
    let ada = Card { name: "ada".into(), lock_reason: None, token: Some("s3cret".into()) };
    let bob = Card { name: "bob".into(), lock_reason: Some("squatting".into()), token: None };
    assert_eq!(cards, [ada, bob]);
}

#[test]
fn a_cell_of_another_row_does_not_open_there() {
    let (session, mut conn) = start();
    conn.batch_execute("UPDATE accounts SET number = 11").unwrap();
    let query = users::table.left_join(accounts::table).select(Card::as_select()).order(users::id);
    let error = session.scope_sync(|| query.first::<Card>(&mut conn).optional()).unwrap_err();
    assert_eq!(Error::find(&error).unwrap().code(), "open.unauthentic");
}

#[test]
fn cells_are_sealed_and_opened_by_the_scope() {
    let (session, mut conn) = start();
    let key = ("hub".to_owned(), 10);
    let cell = accounts::table.select(Account::token().cell()).first(&mut conn).unwrap();
    assert_eq!(session.scope_sync(|| Account::token().scoped_open(cell)).unwrap(), "s3cret");
    let cells = users::table.left_join(accounts::table).order(users::id).select(Account::token().cell().nullable());
    let open = |cell| session.scope_sync(|| Account::token().scoped_open_option(cell)).unwrap();
    let opened: Vec<_> = cells.load(&mut conn).unwrap().into_iter().map(open).collect();
    assert_eq!(opened, [Some("s3cret".to_owned()), None]);

    let sealed = session.scope_sync(|| Account::token().scoped_seal(&key, "new")).unwrap();
    assert_eq!(Account::token().open(&session, (key.clone(), sealed)).unwrap(), "new");
    let firm = testing::vault().blocking().session("acme").unwrap();
    firm.scope_sync(|| Account::token().scoped_seal(&key, "new")).map(|_| ()).unwrap_err();
}

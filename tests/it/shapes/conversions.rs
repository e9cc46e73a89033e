//! `serialize_as` and `deserialize_as`, on plain fields beside sealed ones.

use diesel::prelude::*;
use fieldseal::Encrypted;
use fieldseal::schema::Backend;

use super::secret;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    accounts (id) {
        id -> BigInt,
        firm_id -> Text,
        name -> Text,
        nick -> Nullable<Text>,
        token -> FieldsealText,
        token_term -> FieldsealTextTerm,
    }
}

/// In the database in lower case, in the service in upper case.
#[derive(Debug, Clone, PartialEq)]
struct Upper(String);

impl From<Upper> for String {
    fn from(name: Upper) -> Self {
        name.0.to_lowercase()
    }
}

impl From<String> for Upper {
    fn from(name: String) -> Self {
        Self(name.to_uppercase())
    }
}

/// An `Option` of it, for a nullable column.
#[derive(Debug, Clone, PartialEq)]
struct Nick(Option<Upper>);

impl From<Nick> for Option<String> {
    fn from(nick: Nick) -> Self {
        nick.0.map(String::from)
    }
}

impl From<Option<String>> for Nick {
    fn from(nick: Option<String>) -> Self {
        Self(nick.map(Upper::from))
    }
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = accounts)]
#[encrypted(
    firm = firm_id,
    derive(Insertable, Queryable, Selectable, QueryableByName, AsChangeset, Identifiable)
)]
struct Account {
    id: i64,
    firm_id: String,
    #[diesel(serialize_as = String, deserialize_as = String)]
    name: Upper,
    #[diesel(serialize_as = Option<String>, deserialize_as = Option<String>)]
    nick: Nick,
    #[encrypted(index(token_term))]
    token: String,
}

/// A form that converts: sealed by reference, written by value.
#[derive(Encrypted)]
#[diesel(table_name = accounts)]
#[encrypted(model = Account, firm = firm_id, derive(Insertable))]
struct NewAccount<'a> {
    id: i64,
    firm_id: &'a str,
    #[diesel(serialize_as = String)]
    name: Upper,
    #[encrypted(index(token_term))]
    token: &'a str,
}

#[derive(Encrypted)]
#[diesel(table_name = accounts)]
#[encrypted(model = Account, derive(AsChangeset))]
struct AccountPatch {
    #[diesel(serialize_as = String)]
    name: Option<Upper>,
    #[encrypted(index(token_term))]
    token: Option<String>,
}

fn tables(backend: Backend) -> String {
    let plain = "CREATE TABLE accounts (id BIGINT PRIMARY KEY, firm_id TEXT NOT NULL, name TEXT NOT NULL, nick TEXT)";
    super::tables::<Account>(backend, plain)
}

fn account(id: i64) -> Account {
    let nick = Nick(Some(Upper(format!("NICK {id}"))));
    Account { id, firm_id: "acme".into(), name: Upper(format!("NAME {id}")), nick, token: secret(id) }
}

macro_rules! stored {
    ($conn:expr, $session:expr, $id:expr) => {{
        let row = accounts::table.find($id).select(SealedAccount::as_select()).first($conn).unwrap();
        $session.open(row).unwrap()
    }};
}

on_both! {
    fn twins_that_convert_are_written_by_value(conn, session) of tables {
        diesel::insert_into(accounts::table).values(session.seal(&account(1)).unwrap()).execute(conn).unwrap();
        let more = session.seal(&[account(2), account(3)][..]).unwrap();
        diesel::insert_into(accounts::table).values(more).execute(conn).unwrap();
        assert_eq!(stored!(conn, session, 2), account(2));
        let names: Vec<String> = accounts::table.order(accounts::id).select(accounts::name).load(conn).unwrap();
        assert_eq!(names, ["name 1", "name 2", "name 3"], "converted on the way");

        let changed = Account { name: Upper("CHANGED".into()), nick: Nick(None), token: secret("new"), ..account(1) };
        diesel::update(accounts::table.find(1)).set(session.seal(&changed).unwrap()).execute(conn).unwrap();
        assert_eq!(stored!(conn, session, 1), changed);
        let by_name: Vec<SealedAccount> =
            diesel::sql_query("SELECT * FROM accounts ORDER BY id").load(conn).unwrap();
        assert_eq!(session.open(by_name).unwrap(), [changed, account(2), account(3)]);
    }

    fn forms_that_convert_insert_update_and_upsert(conn, session) of tables {
        let token = secret("new");
        let new = |name: &str| NewAccount { id: 1, firm_id: "acme", name: Upper(name.into()), token: &token };
        let insert = diesel::insert_into(accounts::table).values(session.seal(&new("FIRST")).unwrap());
        insert.on_conflict(accounts::id).do_nothing().execute(conn).unwrap();
        let wanted = Account { name: Upper("FIRST".into()), nick: Nick(None), token: token.clone(), ..account(1) };
        assert_eq!(stored!(conn, session, 1), wanted);

        let patch = |name: Option<&str>, token: Option<String>| {
            session.seal_for(1, &AccountPatch { name: name.map(|name| Upper(name.into())), token }).unwrap()
        };
        diesel::update(accounts::table.find(1)).set(patch(Some("SECOND"), None)).execute(conn).unwrap();
        assert_eq!(stored!(conn, session, 1), Account { name: Upper("SECOND".into()), ..wanted });
        let insert = diesel::insert_into(accounts::table).values(session.seal(&new("THIRD")).unwrap());
        let upsert = insert.on_conflict(accounts::id).do_update().set(patch(None, Some(secret("upserted"))));
        upsert.execute(conn).unwrap();
        let found = accounts::table.filter(Account::token().eq(session, secret("upserted")).unwrap());
        assert_eq!(found.select(accounts::name).first::<String>(conn).unwrap(), "second");
    }
}

//! `fieldseal::multi_connection!` with a variant for MySQL.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use fieldseal::Encrypted;
use fieldseal::schema::SchemaError;

fieldseal::multi_connection!(
    enum AnyConnection {
        Postgres(PgConnection),
        Mysql(MysqlConnection),
        Sqlite(SqliteConnection),
    }
);

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    clients (id) {
        id -> BigInt,
        email -> FieldsealText,
        email_term -> FieldsealTextTerm,
        notes -> Nullable<FieldsealText>,
        visits -> FieldsealBigint,
    }
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(firm = platform, derive(Insertable, Queryable, Selectable, AsChangeset))]
struct Client {
    id: i64,
    #[encrypted(index(email_term, normalize = email))]
    email: String,
    #[encrypted]
    notes: Option<String>,
    #[encrypted]
    visits: i64,
}

#[derive(Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(model = Client, derive(AsChangeset))]
struct ClientPatch<'a> {
    #[encrypted]
    notes: Option<Option<&'a str>>,
}

/// fieldseal prints no migration for MySQL: the bytes' column type stands for those of all three.
fn on_each(test: impl Fn(&mut AnyConnection)) {
    crate::secrets::watch();
    let (postgres, mariadb) = (crate::support::postgres::server().database("multi"), crate::mariadb::database("multi"));
    for (url, bytes) in [(&*postgres.url(), "BYTEA"), (mariadb.url(), "BLOB"), (":memory:", "BLOB")] {
        let mut conn = AnyConnection::establish(url).unwrap();
        let columns =
            format!("email {bytes} NOT NULL, email_term {bytes} NOT NULL, notes {bytes}, visits {bytes} NOT NULL");
        conn.batch_execute(&format!("CREATE TABLE clients (id BIGINT PRIMARY KEY, {columns})")).unwrap();
        test(&mut conn);
    }
}

#[test]
fn rows_are_written_found_changed_and_opened() {
    on_each(|conn| {
        let session = fieldseal::testing::vault().blocking().platform().unwrap();
        let client =
            Client { id: 1, email: "Ada@example.org".to_owned(), notes: Some("secret notes".to_owned()), visits: -3 };
        let row = session.seal(&client).unwrap();
        diesel::insert_into(clients::table).values(&row).execute(conn).unwrap();
        let found = clients::table.filter(Client::email().eq(&session, "ada@EXAMPLE.org").unwrap());
        let found = found.select(SealedClient::as_select());
        assert_eq!(session.open(found.clone().first(conn).unwrap()).unwrap(), client);

        let patch = session.seal_for(1, &ClientPatch { notes: Some(None) }).unwrap();
        diesel::update(clients::table.find(1)).set(patch).execute(conn).unwrap();
        let visits = Client::visits().set(&session, 1, 4).unwrap();
        diesel::update(clients::table.find(1)).set(visits).execute(conn).unwrap();
        assert_eq!(session.open(found.first(conn).unwrap()).unwrap(), Client { notes: None, visits: 4, ..client });
        let cell = clients::table.select(Client::email().cell()).first(conn).unwrap();
        assert_eq!(Client::email().open(&session, cell).unwrap(), "Ada@example.org");
    });
}

#[test]
fn a_cell_is_set_in_its_own_row_only() {
    on_each(|conn| {
        let session = fieldseal::testing::vault().blocking().platform().unwrap();
        let client = |id| Client { id, email: format!("{id}@example.org"), notes: Some("kept".to_owned()), visits: id };
        for id in [1, 2] {
            diesel::insert_into(clients::table).values(session.seal(&client(id)).unwrap()).execute(conn).unwrap();
        }
        let set = |id| {
            let notes = Client::notes().set(&session, id, "changed").unwrap();
            (notes, Client::visits().set(&session, id, 4).unwrap())
        };
        diesel::update(clients::table.find(1)).set(set(1)).execute(conn).unwrap();
        let error = diesel::update(clients::table.find(2)).set(set(1)).execute(conn).unwrap_err();
        let expected = match conn {
            AnyConnection::Mysql(_) => "Subquery returns more than 1 row",
            _ => "this cell was sealed for another row or firm",
        };
        assert!(error.to_string().contains(expected), "{error}");
        let rows = clients::table.order(clients::id).select(SealedClient::as_select()).load(conn).unwrap();
        let changed = Client { notes: Some("changed".to_owned()), visits: 4, ..client(1) };
        assert_eq!(session.open(rows).unwrap(), [changed, client(2)]);
    });
}

#[test]
fn what_can_not_be_checked_says_so() {
    on_each(|conn| {
        let vault = fieldseal::testing::vault();
        vault.register::<Client>().unwrap();
        let error = vault.check_schema(conn).unwrap_err();
        match conn {
            AnyConnection::Mysql(_) => assert!(matches!(error, SchemaError::Unsupported), "{error}"),
            _ => assert!(matches!(error, SchemaError::Differs(_)), "{error}"),
        }
    });
}

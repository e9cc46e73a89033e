//! Keys that the database takes for equal though they differ: a cell is bound to the bytes.

use diesel::prelude::*;
use fieldseal::Encrypted;
use fieldseal::schema::Backend;

use super::secret;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    letters (id) {
        id -> Text,
        firm_id -> Text,
        body -> Nullable<FieldsealText>,
    }
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = letters)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct Letter {
    id: String,
    firm_id: String,
    #[encrypted]
    body: Option<String>,
}

fn caseless(backend: Backend) -> String {
    let (collation, name) = match backend {
        Backend::Postgres => (
            "CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);",
            "caseless",
        ),
        _ => ("", "NOCASE"),
    };
    let text = format!("TEXT COLLATE {name}");
    let table = format!("CREATE TABLE letters (id {text} PRIMARY KEY, firm_id {text} NOT NULL)");
    super::tables::<Letter>(backend, &(collation.to_owned() + &table))
}

on_both! {
    fn keys_and_firms_without_case_are_compared_by_their_bytes(conn, session) of caseless {
        let letter = Letter { id: "m1".into(), firm_id: "acme".into(), body: Some(secret("letter")) };
        diesel::insert_into(letters::table).values(session.seal(&letter).unwrap()).execute(conn).unwrap();
        let update = |key: &str| {
            let set = Letter::body().set(session, key, secret("changed")).unwrap();
            diesel::update(letters::table.find("M1")).set(set)
        };
        let error = update("M1").execute(conn).unwrap_err();
        assert!(error.to_string().contains("this cell was sealed for another row"), "{error}");
        assert_eq!(update("m1").execute(conn).unwrap(), 1, "M1 finds m1");
        let other = fieldseal::testing::vault().blocking().session("ACME").unwrap();
        let of_an_equal_firm = Letter::body().set(&other, "m1", secret("taken over")).unwrap();
        let error = diesel::update(letters::table.find("m1")).set(of_an_equal_firm).execute(conn).unwrap_err();
        assert!(error.to_string().contains("this cell was sealed for another row or firm"), "{error}");
        let row = letters::table.select(SealedLetter::as_select()).first(conn).unwrap();
        assert_eq!(session.open(row).unwrap(), Letter { body: Some(secret("changed")), ..letter });
    }
}

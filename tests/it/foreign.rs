//! `#[encrypted(as = …)]`: types of other crates, sealed as a type that they convert to and from.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use fieldseal::{Encrypted, OpenError, Session, testing};

/// As if from another crate: no trait of fieldseal can be implemented for these.
mod elsewhere {
    #[derive(Debug, Clone, PartialEq)]
    pub(super) struct Email(pub(super) String);

    impl From<String> for Email {
        fn from(text: String) -> Self {
            Self(text)
        }
    }

    impl From<Email> for String {
        fn from(email: Email) -> Self {
            email.0
        }
    }

    /// An even number.
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub(super) struct Even(pub(super) i64);

    impl From<Even> for i64 {
        fn from(even: Even) -> Self {
            even.0
        }
    }

    impl TryFrom<i64> for Even {
        type Error = String;

        fn try_from(n: i64) -> Result<Self, String> {
            if n % 2 == 0 { Ok(Self(n)) } else { Err(format!("{n} is odd")) }
        }
    }
}

use elsewhere::{Email, Even};

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    members (id) {
        id -> BigInt,
        firm_id -> BigInt,
        email -> FieldsealText,
        email_term -> FieldsealTextTerm,
        second -> Nullable<FieldsealText>,
        shoes -> FieldsealBigint,
    }
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = members)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset))]
struct Member {
    id: i64,
    firm_id: i64,
    #[encrypted(as = String, index(email_term, normalize = email))]
    email: Email,
    #[encrypted(as = String)]
    second: Option<Email>,
    #[encrypted(as = i64)]
    shoes: Even,
}

fn member() -> Member {
    let (email, second) = (Email("Ada@Example.org".to_owned()), Some(Email("ada@home.example".to_owned())));
    Member { id: 1, firm_id: 42, email, second, shoes: Even(84) }
}

fn start() -> (Session, SqliteConnection) {
    let mut conn = crate::support::sqlite::memory();
    let plain = "CREATE TABLE members (id BIGINT PRIMARY KEY, firm_id BIGINT NOT NULL, email BLOB NOT NULL, \
                 email_term BLOB NOT NULL, second BLOB, shoes BLOB NOT NULL)";
    conn.batch_execute(plain).unwrap();
    (testing::vault().blocking().session(42i64).unwrap(), conn)
}

#[test]
fn a_foreign_type_is_sealed_as_another() {
    let (session, mut conn) = start();
    diesel::insert_into(members::table).values(session.seal(&member()).unwrap()).execute(&mut conn).unwrap();
    let found = members::table.filter(Member::email().eq(&session, " ADA@example.org").unwrap());
    let row = found.select(SealedMember::as_select()).first(&mut conn).unwrap();
    assert_eq!(session.open(row).unwrap(), member());
    assert_eq!(Member::SCHEMA.columns[0].codec, "text");
}

#[test]
fn handles_speak_the_type_that_is_sealed() {
    let (session, mut conn) = start();
    diesel::insert_into(members::table).values(session.seal(&member()).unwrap()).execute(&mut conn).unwrap();
    let change = Member::second().set(&session, 1, None::<String>).unwrap();
    diesel::update(members::table.find(1)).set(change).execute(&mut conn).unwrap();
    let cell = members::table.select(Member::email().cell()).first(&mut conn).unwrap();
    assert_eq!(Member::email().open(&session, cell).unwrap(), "Ada@Example.org");
    let row = members::table.select(SealedMember::as_select()).first(&mut conn).unwrap();
    assert_eq!(session.open(row).unwrap().second, None);
}

#[test]
fn a_type_that_refuses_the_stored_value_is_an_error_without_it() {
    let (session, mut conn) = start();
    diesel::insert_into(members::table).values(session.seal(&member()).unwrap()).execute(&mut conn).unwrap();
    let odd = Member::shoes().set(&session, 1, 84_001_i64).unwrap();
    diesel::update(members::table.find(1)).set(odd).execute(&mut conn).unwrap();
    let row = members::table.select(SealedMember::as_select()).first(&mut conn).unwrap();
    let error = session.open(row).unwrap_err();
    assert!(matches!(error, OpenError::Codec { column: "shoes", .. }));
    assert!(!format!("{error:?} {error}").contains("84001"));
}

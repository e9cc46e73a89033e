// What the guide's examples of home-made ciphertext share: a table whose legacy column has a type of the example's choice,
// a model that reads it by the example's `decrypt`, and a check that a row reads as it should.

#[allow(unused_imports, reason = "not every example needs it")]
use diesel::prelude::*;
use fieldseal::keys::Phase;
use fieldseal::testing::TestVault;

macro_rules! people {
    ($sql:ident $(, $write:ident)?) => {
        diesel::table! {
            use diesel::sql_types::*;
            use fieldseal::schema_types::*;

            people (id) {
                id -> Text,
                firm_id -> Text,
                email_ciphertext -> Nullable<$sql>,
                email -> Nullable<FieldsealText>,
            }
        }

        #[derive(Debug, PartialEq, fieldseal::Encrypted)]
        #[diesel(table_name = people)]
        #[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
        struct Person {
            id: String,
            firm_id: String,
            #[encrypted(legacy = email_ciphertext, legacy_with = decrypt $(, legacy_write = $write)?)]
            email: String,
        }
    };
}

macro_rules! check {
    ($stored:expr) => {{
        let conn = &mut SqliteConnection::establish(":memory:")?;
        diesel::sql_query("CREATE TABLE people (id TEXT PRIMARY KEY, firm_id TEXT, email_ciphertext, email BLOB)").execute(conn)?;
        let row = (people::id.eq("p1"), people::firm_id.eq("acme"), people::email_ciphertext.eq($stored));
        diesel::insert_into(people::table).values(row).execute(conn)?;
        let vault = TestVault::new().phase("people", &["email"], Phase::DualWrite).build();
        let session = vault.blocking().session("acme")?;
        let row = people::table.select(SealedPerson::as_select()).first(conn)?;
        assert_eq!(session.open(row)?.email, "Ada@example.org");
        (vault, session)
    }};
}

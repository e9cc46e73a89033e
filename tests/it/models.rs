//! The models that the suite shares, and their tables on SQLite.

use fieldseal::{Encrypted, Json};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    clients (id) {
        id -> Text,
        firm_id -> Text,
        display_name -> Text,
        email -> FieldsealText,
        email_term -> FieldsealTextTerm,
        notes -> Nullable<FieldsealText>,
        intake -> FieldsealJson,
        phone -> Nullable<FieldsealText>,
        phone_term -> Nullable<FieldsealTextTerm>,
        visits -> FieldsealBigint,
        tax_id -> FieldsealTextDeterministic,
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intake {
    pub matter: String,
    pub urgent: bool,
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset, Identifiable))]
pub struct Client {
    pub id: String,
    pub firm_id: String,
    pub display_name: String,
    #[encrypted(index(email_term, normalize = email, unique))]
    pub email: String,
    #[encrypted]
    pub notes: Option<String>,
    #[encrypted(json)]
    pub intake: Intake,
    #[encrypted(index(phone_term, normalize = digits, bits = 12))]
    pub phone: Option<String>,
    #[encrypted]
    pub visits: i64,
    #[encrypted(deterministic)]
    pub tax_id: String,
}

#[derive(Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(model = Client, firm = firm_id, derive(Insertable))]
pub struct NewClient<'a> {
    pub id: &'a str,
    pub firm_id: &'a str,
    pub display_name: &'a str,
    #[encrypted(index(email_term))]
    pub email: &'a str,
    #[encrypted(json)]
    pub intake: &'a Intake,
    #[encrypted]
    pub visits: i32,
    #[encrypted]
    pub tax_id: &'a str,
}

#[derive(Encrypted, Default)]
#[diesel(table_name = clients)]
#[encrypted(model = Client, derive(AsChangeset))]
pub struct ClientPatch<'a> {
    pub display_name: Option<&'a str>,
    #[encrypted(index(email_term))]
    pub email: Option<&'a str>,
    #[encrypted]
    pub notes: Option<Option<&'a str>>,
    #[encrypted(index(phone_term))]
    pub phone: Option<Option<String>>,
}

#[allow(dead_code)]
fn _uses(_: Json<Uuid>) {}

//! What a service writes to have its fields sealed: column types in `table!`, and one derive.

use fieldseal::Encrypted;

use super::records::{Intake, Record};

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    clients (id) {
        id -> BigInt,
        firm_id -> Text,
        language -> Text,
        name -> FieldsealText,
        email -> FieldsealText,
        email_term -> FieldsealTextTerm,
        phone -> Nullable<FieldsealText>,
        phone_term -> Nullable<FieldsealTextTerm>,
        notes -> FieldsealText,
        intake -> FieldsealJson,
    }
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
pub struct Client {
    pub id: i64,
    pub firm_id: String,
    pub language: String,
    #[encrypted]
    pub name: String,
    #[encrypted(index(email_term, normalize = email, unique))]
    pub email: String,
    // 16 bits: some other numbers share the term, so that it tells less. `find` opens what it finds and re-checks.
    #[encrypted(index(phone_term, normalize = digits, bits = 16))]
    pub phone: Option<String>,
    #[encrypted]
    pub notes: String,
    #[encrypted(json)]
    pub intake: Intake,
}

/// What an update may change. `None` leaves a column as it is; `Some(None)` writes NULL.
#[derive(Encrypted, Default)]
#[diesel(table_name = clients)]
#[encrypted(model = Client, derive(AsChangeset))]
pub struct ClientPatch<'a> {
    pub language: Option<&'a str>,
    #[encrypted(index(email_term))]
    pub email: Option<&'a str>,
    #[encrypted(index(phone_term))]
    pub phone: Option<Option<&'a str>>,
    #[encrypted]
    pub notes: Option<&'a str>,
}

impl From<Record> for Client {
    fn from(record: Record) -> Self {
        let Record { id, firm, language, name, email, phone, notes, intake } = record;
        Self { id, firm_id: firm, language, name, email, phone, notes, intake }
    }
}

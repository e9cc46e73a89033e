//! The same clients as the quickstart's, with UUIDs as keys and as names of firms.

use diesel::prelude::*;
use fieldseal::Encrypted;
use uuid::Uuid;

use super::records::{Intake, Record};

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    fieldseal_example.firms (id) {
        id -> Uuid,
        name -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    fieldseal_example.clients (id) {
        id -> Uuid,
        firm_id -> Uuid,
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

diesel::allow_tables_to_appear_in_same_query!(firms, clients);

#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = firms)]
pub struct Firm {
    pub id: Uuid,
    pub name: &'static str,
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset))]
pub struct Client {
    pub id: Uuid,
    pub firm_id: Uuid,
    pub language: String,
    #[encrypted]
    pub name: String,
    #[encrypted(index(email_term, normalize = email, unique))]
    pub email: String,
    #[encrypted(index(phone_term, normalize = digits, bits = 16))]
    pub phone: Option<String>,
    #[encrypted]
    pub notes: String,
    #[encrypted(json)]
    pub intake: Intake,
}

impl Client {
    /// Cells are bound to the row key, so the service makes it, not a DEFAULT of the database.
    pub fn new(record: &Record, firm: &Firm) -> Self {
        let Record { language, name, email, phone, notes, intake, .. } = record.clone();
        Self { id: Uuid::new_v4(), firm_id: firm.id, language, name, email, phone, notes, intake }
    }
}

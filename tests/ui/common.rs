//! A model, its table and its forms, for the programs of this folder.

#![allow(dead_code, unused_imports, reason = "each case takes what it needs")]

pub use diesel::prelude::*;
pub use fieldseal::{Encrypted, GlobalIndex, Session};

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
        phone -> Nullable<FieldsealText>,
        phone_term -> Nullable<FieldsealTextTerm>,
        login -> FieldsealText,
        login_term -> FieldsealTextTerm,
        visits -> FieldsealBigint,
    }
}

#[derive(Debug, Clone, Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset))]
pub struct Client {
    pub id: String,
    pub firm_id: String,
    pub display_name: String,
    #[encrypted(index(email_term, normalize = email, unique))]
    pub email: String,
    #[encrypted]
    pub notes: Option<String>,
    #[encrypted(index(phone_term, normalize = digits, bits = 12))]
    pub phone: Option<String>,
    #[encrypted(index(login_term, scope = global))]
    pub login: String,
    #[encrypted]
    pub visits: i64,
}

#[derive(Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(model = Client, derive(AsChangeset))]
pub struct ClientPatch<'a> {
    pub display_name: Option<&'a str>,
    #[encrypted(index(email_term))]
    pub email: Option<&'a str>,
    #[encrypted]
    pub notes: Option<Option<&'a str>>,
}

pub type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

//! A global index: login by e-mail before the firm is known.

use fieldseal::Encrypted;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    users (id) {
        id -> BigInt,
        firm_id -> Text,
        login -> FieldsealText,
        login_term -> FieldsealTextTerm,
        phone -> Nullable<FieldsealText>,
    }
}

pub(super) const PLAIN: &str = "id BIGINT PRIMARY KEY, firm_id TEXT NOT NULL";

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = users)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) firm_id: String,
    #[encrypted(index(login_term, normalize = email, unique, scope = global))]
    pub(crate) login: String,
    #[encrypted]
    pub(crate) phone: Option<String>,
}

pub(crate) fn user(id: i64, firm: &str, login: &str) -> User {
    User { id, firm_id: firm.to_owned(), login: login.to_owned(), phone: Some(format!("555-{id}")) }
}

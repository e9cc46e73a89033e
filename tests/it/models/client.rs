//! Text keys, and two indexes: one unique, one of few bits over a nullable column.

use fieldseal::Encrypted;
use serde::{Deserialize, Serialize};

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

pub(super) const PLAIN: &str = "id TEXT PRIMARY KEY, firm_id TEXT NOT NULL, display_name TEXT NOT NULL";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Intake {
    pub(crate) matter: String,
    pub(crate) urgent: bool,
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset, Identifiable))]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) firm_id: String,
    pub(crate) display_name: String,
    #[encrypted(index(email_term, normalize = email, unique))]
    pub(crate) email: String,
    #[encrypted]
    pub(crate) notes: Option<String>,
    #[encrypted(json)]
    pub(crate) intake: Intake,
    #[encrypted(index(phone_term, normalize = digits, bits = 12))]
    pub(crate) phone: Option<String>,
    #[encrypted]
    pub(crate) visits: i64,
    #[encrypted(deterministic)]
    pub(crate) tax_id: String,
}

/// The fields that an insert must have, borrowed.
#[derive(Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(model = Client, firm = firm_id, derive(Insertable))]
pub(crate) struct NewClient<'a> {
    pub(crate) id: &'a str,
    pub(crate) firm_id: &'a str,
    pub(crate) display_name: &'a str,
    #[encrypted(index(email_term))]
    pub(crate) email: &'a str,
    #[encrypted(json)]
    pub(crate) intake: &'a Intake,
    #[encrypted]
    pub(crate) visits: i32,
    #[encrypted]
    pub(crate) tax_id: &'a str,
}

#[derive(Encrypted, Default)]
#[diesel(table_name = clients)]
#[encrypted(model = Client, derive(AsChangeset))]
pub(crate) struct ClientPatch<'a> {
    pub(crate) display_name: Option<&'a str>,
    #[encrypted(index(email_term))]
    pub(crate) email: Option<&'a str>,
    #[encrypted]
    pub(crate) notes: Option<Option<&'a str>>,
    #[encrypted(index(phone_term))]
    pub(crate) phone: Option<Option<String>>,
}

/// The client of this number, of firm `acme`: numbers of one firm never meet in a unique index.
pub(crate) fn client(n: usize) -> Client {
    client_of("acme", n)
}

pub(crate) fn client_of(firm: &str, n: usize) -> Client {
    Client {
        id: format!("{firm}-{n:05}"),
        firm_id: firm.to_owned(),
        display_name: format!("Client {n}"),
        email: format!("Client{n}@Example.org"),
        notes: n.is_multiple_of(2).then(|| format!("note {n}")),
        intake: Intake { matter: "divorce".to_owned(), urgent: n == 1 },
        phone: (!n.is_multiple_of(5)).then(|| format!("+49 555-{n:05}")),
        visits: i64::try_from(n).unwrap(),
        tax_id: format!("DE{n}"),
    }
}

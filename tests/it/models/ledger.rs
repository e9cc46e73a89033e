//! `row = none`, pinned ids, and deterministic cells that are indexed as they are.

use fieldseal::Encrypted;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    ledger (id) {
        id -> Integer,
        firm_id -> Text,
        account -> FieldsealTextColumn,
        account_term -> FieldsealTextTerm,
        country -> FieldsealTextDeterministic,
        amount -> Nullable<FieldsealBigintColumn>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    renamed_ledger (id) {
        id -> Integer,
        firm_id -> Text,
        account_number -> FieldsealTextColumn,
        account_number_term -> FieldsealTextTerm,
        country -> FieldsealTextDeterministic,
        amount -> Nullable<FieldsealBigintColumn>,
    }
}

pub(super) const PLAIN: &str = "id SERIAL PRIMARY KEY, firm_id TEXT NOT NULL";

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = ledger)]
#[encrypted(firm = firm_id, row = none, table_id = "book", derive(Insertable, Queryable, Selectable, AsChangeset))]
pub(crate) struct Entry {
    pub(crate) firm_id: String,
    #[encrypted(column_id = "iban", index(account_term, normalize = casefold, id = "iban_term"))]
    pub(crate) account: String,
    #[encrypted(deterministic)]
    pub(crate) country: String,
    #[encrypted]
    pub(crate) amount: Option<i64>,
}

/// The same rows after a rename of table and columns.
#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = renamed_ledger)]
#[encrypted(firm = firm_id, row = none, table_id = "book", derive(Queryable, Selectable))]
pub(crate) struct RenamedEntry {
    pub(crate) firm_id: String,
    #[encrypted(column_id = "iban", index(account_number_term, normalize = casefold, id = "iban_term"))]
    pub(crate) account_number: String,
    #[encrypted(deterministic)]
    pub(crate) country: String,
    #[encrypted]
    pub(crate) amount: Option<i64>,
}

pub(crate) fn entry(account: &str, country: &str) -> Entry {
    Entry {
        firm_id: "acme".to_owned(),
        account: account.to_owned(),
        country: country.to_owned(),
        amount: Some(i64::try_from(account.len()).unwrap()),
    }
}

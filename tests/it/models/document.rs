//! A key that the database makes, cells bound to a `seal_id` beside it, and a normalizer of the user's.

use fieldseal::Encrypted;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    documents (id) {
        id -> Integer,
        seal_id -> Text,
        firm_id -> Text,
        name -> FieldsealText,
        reference -> Nullable<FieldsealText>,
        reference_term -> Nullable<FieldsealTextTerm>,
    }
}

pub(super) const PLAIN: &str = "id SERIAL PRIMARY KEY, seal_id TEXT NOT NULL UNIQUE, firm_id TEXT NOT NULL";

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = documents)]
#[encrypted(firm = firm_id, row = seal_id, derive(Queryable, Selectable, Identifiable))]
pub(crate) struct Document {
    pub(crate) id: i32,
    pub(crate) seal_id: String,
    pub(crate) firm_id: String,
    #[encrypted]
    pub(crate) name: String,
    #[encrypted(index(reference_term, normalize = custom("reference", without_dashes)))]
    pub(crate) reference: Option<String>,
}

/// What the application knows before the database gives the id.
#[derive(Encrypted)]
#[diesel(table_name = documents)]
#[encrypted(model = Document, firm = firm_id, row = seal_id, derive(Insertable, AsChangeset))]
pub(crate) struct NewDocument<'a> {
    pub(crate) seal_id: &'a str,
    pub(crate) firm_id: &'a str,
    #[encrypted]
    pub(crate) name: &'a str,
    #[encrypted(index(reference_term))]
    pub(crate) reference: Option<&'a str>,
}

fn without_dashes(text: &str) -> String {
    text.replace('-', "").to_uppercase()
}

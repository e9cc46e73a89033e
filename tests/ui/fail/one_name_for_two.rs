//! Names that would stand for two things.

use fieldseal::Encrypted;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    matters (id) {
        id -> Text,
        firm_id -> Text,
        title -> FieldsealText,
        title_term -> FieldsealTextTerm,
        notes -> FieldsealText,
    }
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, sealed = TwinLikeItself, derive(Insertable))]
struct TwinLikeItself {
    id: String,
    firm_id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(model = FormOfItself, derive(Insertable))]
struct FormOfItself {
    id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, diesel::Insertable, Encrypted))]
struct DerivedTwice {
    id: String,
    firm_id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable))]
struct TwoFieldsOfAColumn {
    id: String,
    firm_id: String,
    #[encrypted]
    title: String,
    #[encrypted(column_id = "heading")]
    #[diesel(column_name = title)]
    heading: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable))]
struct TwoIndexesOfATermColumn {
    id: String,
    firm_id: String,
    #[encrypted(index(title_term))]
    title: String,
    #[encrypted(index(title_term, id = "notes_term"))]
    notes: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable))]
struct TermColumnOfAPlainField {
    id: String,
    firm_id: String,
    #[encrypted(index(title_term))]
    title: String,
    #[diesel(column_name = title_term)]
    term: Vec<u8>,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable))]
struct TwoHandlesOfAName {
    id: String,
    firm_id: String,
    #[encrypted]
    title: String,
    #[encrypted(handle = title)]
    notes: String,
}

fn main() {}

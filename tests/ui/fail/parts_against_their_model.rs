//! Parts that say otherwise than their models.

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
        more -> FieldsealText,
        code -> Text,
    }
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id)]
struct Matter {
    id: String,
    firm_id: String,
    #[encrypted(index(title_term, normalize = trim))]
    title: String,
    #[encrypted(pad = 32)]
    notes: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(part, model = Matter)]
struct OtherNormalizer {
    #[encrypted(index(title_term))]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(part, model = Matter)]
struct OtherPadding {
    #[encrypted(pad = padme)]
    notes: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(part, model = Matter)]
struct NotEmbedded {
    #[encrypted]
    more: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(part, model = Matter)]
struct WithTheFirm {
    firm_id: String,
    #[encrypted(pad = 32)]
    notes: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(part, model = Matter)]
struct WithAPlainTitle {
    title: fieldseal::Ciphertext<diesel::sql_types::Text>,
    #[encrypted(pad = 32)]
    notes: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(part, model = Matter, row = none)]
struct WithoutRow {
    #[encrypted(pad = 32)]
    notes: String,
}

fn main() {}

use fieldseal::{Encrypted, Protected};

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    people (id) {
        id -> Text,
        firm_id -> Text,
        email_plain -> Nullable<Text>,
        email -> Nullable<FieldsealText>,
        email_term -> Nullable<FieldsealTextTerm>,
        notes -> Nullable<FieldsealText>,
    }
}

#[derive(Encrypted)]
#[diesel(table_name = people)]
#[encrypted(firm = firm_id)]
struct ItsOwnColumn {
    id: String,
    firm_id: String,
    #[encrypted(legacy = email)]
    email: String,
}

#[derive(Encrypted)]
#[diesel(table_name = people)]
#[encrypted(firm = firm_id)]
struct TwoOfOne {
    id: String,
    firm_id: String,
    #[encrypted(legacy = email_plain)]
    email: String,
    #[encrypted(legacy = email_plain)]
    notes: String,
}

#[derive(Encrypted)]
#[diesel(table_name = people)]
#[encrypted(firm = firm_id)]
struct AFieldToo {
    id: String,
    firm_id: String,
    email_plain: Option<String>,
    #[encrypted(legacy = email_plain)]
    email: String,
}

#[derive(Encrypted)]
#[diesel(table_name = people)]
#[encrypted(firm = firm_id)]
struct OfTerms {
    id: String,
    firm_id: String,
    #[encrypted(index(email_term), legacy = email_term)]
    email: String,
    #[encrypted(legacy = email)]
    notes: String,
}

#[derive(Encrypted)]
#[diesel(table_name = people)]
#[encrypted(firm = firm_id)]
struct Closed {
    id: String,
    firm_id: String,
    #[encrypted(legacy = email_plain)]
    email: Protected<String>,
}

#[derive(Encrypted)]
#[diesel(table_name = people)]
#[encrypted(part, model = ItsOwnColumn)]
struct Part {
    #[encrypted(legacy = email_plain)]
    email: String,
}

#[derive(Encrypted)]
#[diesel(table_name = people)]
#[encrypted(firm = firm_id)]
struct Functions {
    id: String,
    firm_id: String,
    #[encrypted(legacy_with = read)]
    email: String,
    #[encrypted(legacy = email_plain, legacy_with)]
    notes: String,
}

#[derive(Encrypted)]
#[diesel(table_name = people)]
#[encrypted(firm = firm_id)]
struct NothingToInvert {
    id: String,
    firm_id: String,
    #[encrypted(legacy = email_plain, legacy_write = write)]
    email: String,
}

#[derive(Encrypted)]
#[diesel(table_name = people)]
#[encrypted(model = ItsOwnColumn)]
struct FormWithFunctions {
    id: String,
    #[encrypted(legacy = email_plain, legacy_with = read, legacy_write = write)]
    email: String,
}

fn main() {}

use fieldseal::Encrypted;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    matters (id) {
        id -> Text,
        other_id -> Text,
        firm_id -> Text,
        other_firm_id -> Text,
        title -> FieldsealText,
        title_term -> FieldsealTextTerm,
        other_term -> FieldsealTextTerm,
        notes -> FieldsealText,
        code -> FieldsealText,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    others (id) {
        id -> Text,
        title -> FieldsealText,
        title_term -> FieldsealTextTerm,
    }
}

struct Plain {
    notes: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(model = Plain)]
struct Form {
    id: String,
    #[encrypted]
    notes: String,
}

fn main() {}

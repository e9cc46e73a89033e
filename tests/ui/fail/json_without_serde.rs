use fieldseal::Encrypted;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    matters (id) {
        id -> Text,
        firm_id -> Text,
        title -> FieldsealText,
        title_term -> FieldsealTextTerm,
        urgent -> FieldsealBool,
        urgent_term -> FieldsealBoolTerm,
        intake -> FieldsealJson,
    }
}

#[derive(Debug, Clone)]
struct Intake {
    matter: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct Matter {
    id: String,
    firm_id: String,
    #[encrypted(json)]
    intake: Intake,
}

fn main() {}

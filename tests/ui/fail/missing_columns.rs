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

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct NoTerm {
    id: String,
    firm_id: String,
    #[encrypted(index(name_term))]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct NoColumn {
    id: String,
    firm_id: String,
    #[encrypted]
    name: String,
}

fn main() {}

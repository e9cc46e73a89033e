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
struct Matter {
    id: String,
    firm_id: String,
    #[encrypted]
    title: i64,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = id)]
struct Term {
    id: String,
    #[encrypted(index(firm_id))]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, row = firm_id, derive(Insertable))]
struct NotDeclared {
    firm_id: String,
    #[encrypted]
    id: String,
    #[encrypted]
    title: String,
}

fn main() {}

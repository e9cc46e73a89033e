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

type Flag = bool;

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct Deterministic {
    id: String,
    firm_id: String,
    #[encrypted(deterministic)]
    urgent: Flag,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct Indexed {
    id: String,
    firm_id: String,
    #[encrypted(index(urgent_term))]
    urgent: Flag,
}

fn main() {}

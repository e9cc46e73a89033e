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
struct Bools {
    id: String,
    firm_id: String,
    #[encrypted(deterministic)]
    a: bool,
    #[encrypted(index(urgent_term))]
    b: bool,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct Jsons {
    id: String,
    firm_id: String,
    #[encrypted(json, deterministic)]
    a: Intake,
    #[encrypted(json, index(intake_term))]
    b: Intake,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct Bits {
    id: String,
    firm_id: String,
    #[encrypted(index(a_term, bits = 0))]
    a: String,
    #[encrypted(index(b_term, bits = 129))]
    b: String,
    #[encrypted(index(c_term, bits = 4294967296))]
    c: String,
    #[encrypted(index(d_term, bits = 127, unique))]
    d: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct Options {
    id: String,
    firm_id: String,
    #[encrypted]
    a: Option<Option<Option<String>>>,
    #[encrypted]
    b: Option<Option<String>>,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct Diesels {
    id: String,
    firm_id: String,
    #[encrypted]
    #[diesel(serialize_as = String)]
    b: String,
    #[encrypted]
    #[diesel(deserialize_as = String)]
    c: String,
    #[encrypted(index(d_term))]
    d: String,
    d_term: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct SealedAsTwo {
    id: String,
    firm_id: String,
    #[encrypted(json, as = String)]
    a: Intake,
}

fn main() {}

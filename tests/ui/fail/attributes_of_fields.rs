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
    #[encrypted(deterministc)]
    a: String,
    #[encrypted(json, json)]
    b: String,
    #[encrypted(index)]
    c: String,
    #[encrypted(index())]
    d: String,
    #[encrypted(index(title_term, bit = 12))]
    e: String,
    #[encrypted(index(title_term, bits = 12, bits = 13))]
    f: String,
    #[encrypted(index(title_term, normalize = lower))]
    g: String,
    #[encrypted(index(title_term, scope = galaxy))]
    h: String,
    #[encrypted(index(title_term, scope = global, scope = firm))]
    i: String,
    #[encrypted(index(title_term), index(title_term))]
    j: String,
    #[encrypted = "json"]
    k: String,
    #[encrypted(column_id = title)]
    l: String,
}

fn main() {}

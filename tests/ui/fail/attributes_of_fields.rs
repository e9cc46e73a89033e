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
    #[encrypted(as)]
    m: String,
    #[encrypted(as = "String")]
    n: String,
    #[encrypted(of = "Account::token")]
    o: String,
    #[encrypted(of = Account::token, row = "id")]
    p: String,
    #[encrypted(of = Account::token, row)]
    q: String,
    #[encrypted(index(title_term, normalize))]
    r: String,
    #[encrypted(index(title_term, normalize = "email"))]
    s: String,
    #[encrypted(index(title_term, normalize = custom))]
    t: String,
    #[encrypted(index(title_term, normalize = custom(upper)))]
    u: String,
    #[encrypted(index(title_term, bits))]
    v: String,
    #[encrypted(index(title_term, bits = "12"))]
    w: String,
    #[encrypted(index(column = title_term))]
    x: String,
    #[encrypted(deterministic = true)]
    y: String,
    #[encrypted(fieldseal::json)]
    z: String,
}

fn main() {}

use fieldseal::Encrypted;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    matters (id) {
        id -> Text,
        firm_id -> Text,
        title -> FieldsealText,
    }
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct Matter {
    id: String,
    firm_id: String,
    #[encrypted(pad = padding)]
    a: String,
    #[encrypted(pad)]
    b: String,
    #[encrypted(pad = 32, pad = padme)]
    c: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct Numbers {
    id: String,
    firm_id: String,
    #[encrypted(pad = 0)]
    a: String,
    #[encrypted(pad = 1)]
    b: String,
    #[encrypted(pad = 65537)]
    c: String,
    #[encrypted(pad = 32, deterministic)]
    d: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(model = Matter)]
struct Form {
    id: String,
    #[encrypted(pad = 32)]
    title: String,
}

#[derive(Encrypted)]
#[encrypted(derive(Queryable))]
struct View {
    id: String,
    #[encrypted(of = Matter::title, row = id, pad = 32)]
    title: String,
}

fn main() {}

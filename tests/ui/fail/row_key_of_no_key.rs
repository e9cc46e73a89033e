use fieldseal::Encrypted;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    matters (id) {
        id -> Double,
        firm_id -> Text,
        title -> FieldsealText,
    }
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable))]
struct Matter {
    id: f64,
    firm_id: String,
    #[encrypted]
    title: String,
}

fn main() {}

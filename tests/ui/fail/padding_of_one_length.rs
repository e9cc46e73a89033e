use fieldseal::Encrypted;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    matters (id) {
        id -> Text,
        firm_id -> Text,
        fee -> FieldsealBigint,
    }
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id)]
struct Matter {
    id: String,
    firm_id: String,
    #[encrypted(pad = 32)]
    fee: i64,
}

fn main() {}

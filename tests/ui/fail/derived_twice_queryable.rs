use diesel::prelude::*;
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

#[derive(Encrypted, Queryable)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Queryable))]
struct Matter {
    id: String,
    firm_id: String,
    #[encrypted]
    title: String,
}

fn main() {
    let conn = &mut SqliteConnection::establish(":memory:").unwrap();
    let _ = matters::table.load::<Matter>(conn);
}

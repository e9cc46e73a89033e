//! Plain fields that the twin can't hold.

use fieldseal::Encrypted;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    matters (id) {
        id -> Text,
        firm_id -> Text,
        kind -> Text,
        title -> FieldsealText,
    }
}

struct Kind(String);

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id)]
struct Matter {
    id: String,
    firm_id: String,
    kind: Kind,
    #[encrypted]
    title: String,
}

fn main() {}

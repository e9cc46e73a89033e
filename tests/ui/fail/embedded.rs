//! Structs that are embedded where they do not belong.

#[path = "../common.rs"]
mod common;
use common::*;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    matters (id) {
        id -> Text,
        firm_id -> Text,
        title -> FieldsealText,
    }
}

#[derive(Debug, Clone, Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Queryable, Selectable))]
struct Matter {
    id: String,
    firm_id: String,
    #[encrypted]
    title: String,
}

/// A part of another model's.
#[derive(Debug, Clone, Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(part, model = Client, derive(Insertable, Queryable, Selectable, AsChangeset))]
struct Visits {
    #[encrypted]
    visits: i64,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id)]
struct ModelWithARow {
    id: String,
    firm_id: String,
    #[diesel(embed)]
    #[encrypted]
    matter: Matter,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(model = Matter, firm = firm_id, derive(AsChangeset))]
struct WrittenRow {
    id: String,
    firm_id: String,
    #[diesel(embed)]
    #[encrypted]
    visits: Visits,
}

#[derive(Encrypted)]
#[encrypted(derive(Queryable, Selectable))]
struct ViewOfAPart {
    #[diesel(embed)]
    #[encrypted]
    visits: Visits,
}

#[derive(Encrypted)]
#[encrypted(derive(Queryable))]
struct ViewOfAString {
    #[diesel(embed)]
    #[encrypted]
    text: String,
}

fn main() {}

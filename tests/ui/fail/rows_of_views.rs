use fieldseal::Encrypted;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    accounts (id) {
        id -> BigInt,
        token -> FieldsealText,
    }
}

#[derive(Encrypted)]
#[diesel(table_name = accounts)]
#[encrypted(firm = platform, derive(Queryable, Selectable))]
struct Account {
    id: i64,
    #[encrypted]
    token: String,
}

/// Nothing selects the row key.
#[derive(Encrypted)]
#[diesel(table_name = accounts)]
#[encrypted(derive(Queryable))]
struct NotSelected {
    #[encrypted(of = Account::token, row = accounts::id)]
    token: String,
}

/// By name it is not there.
#[derive(Encrypted)]
#[diesel(table_name = accounts)]
#[encrypted(derive(Selectable, QueryableByName))]
struct ByName {
    #[encrypted(of = Account::token, row = accounts::id)]
    token: String,
}

fn main() {}

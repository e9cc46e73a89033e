use fieldseal::Encrypted;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    notes (id) {
        id -> Text,
        firm_id -> Text,
        title -> Text,
        body -> FieldsealText,
    }
}

#[derive(Encrypted)]
#[diesel(table_name = notes)]
#[encrypted(ambient, firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset))]
struct Note {
    id: String,
    firm_id: String,
    title: String,
    #[encrypted]
    body: String,
}

/// Nothing for Diesel to do.
#[derive(Encrypted)]
#[diesel(table_name = notes)]
#[encrypted(ambient, firm = firm_id)]
struct Idle {
    id: String,
    firm_id: String,
    #[encrypted]
    body: String,
}

#[derive(Encrypted)]
#[diesel(table_name = notes)]
#[encrypted(ambient = true, firm = firm_id, derive(Insertable))]
struct Valued {
    id: String,
    firm_id: String,
    #[encrypted]
    body: String,
}

#[derive(Encrypted)]
#[diesel(table_name = notes)]
#[encrypted(ambient, ambient, firm = firm_id, derive(Insertable))]
struct Twice {
    id: String,
    firm_id: String,
    #[encrypted]
    body: String,
}

/// A form without a cell would be written without a scope.
#[derive(Encrypted)]
#[diesel(table_name = notes)]
#[encrypted(ambient, model = Note, firm = firm_id, derive(AsChangeset))]
struct Renamed {
    id: String,
    firm_id: String,
    title: String,
}

/// So would one whose cells are skipped.
#[derive(Encrypted)]
#[diesel(table_name = notes)]
#[encrypted(ambient, firm = firm_id, derive(Insertable, AsChangeset))]
struct Skipped {
    id: String,
    firm_id: String,
    title: String,
    #[encrypted]
    #[diesel(skip_insertion, skip_update)]
    body: String,
}

fn main() {}

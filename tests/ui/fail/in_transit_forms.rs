use fieldseal::Encrypted;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    people (id) {
        id -> Text,
        firm_id -> Text,
        email_plain -> Nullable<Text>,
        email -> Nullable<FieldsealText>,
        notes_plain -> Nullable<Binary>,
        notes -> Nullable<FieldsealText>,
        phone -> FieldsealText,
    }
}

fn read(_: &[u8]) -> Result<String, ()> {
    Err(())
}

#[derive(Encrypted)]
#[diesel(table_name = people)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct Person {
    id: String,
    firm_id: String,
    #[encrypted(legacy = email_plain)]
    email: String,
    #[encrypted(legacy = notes_plain, legacy_with = read)]
    notes: Option<String>,
    #[encrypted]
    phone: String,
}

#[derive(Encrypted)]
#[diesel(table_name = people)]
#[encrypted(model = Person)]
struct ForgetsTheLegacyColumn {
    id: String,
    #[encrypted]
    email: Option<String>,
}

#[derive(Encrypted)]
#[diesel(table_name = people)]
#[encrypted(model = Person)]
struct TakesCiphertextForPlaintext {
    id: String,
    #[encrypted(legacy = email_plain, legacy_with)]
    email: String,
}

#[derive(Encrypted)]
#[diesel(table_name = people)]
#[encrypted(model = Person)]
struct WritesPlaintextAlone {
    id: String,
    email_plain: Option<String>,
    #[encrypted]
    phone: String,
}

#[derive(Encrypted)]
#[encrypted(derive(Queryable))]
struct Shows {
    id: String,
    #[encrypted(of = Person::email, row = id)]
    email: Option<String>,
}

fn main() {}

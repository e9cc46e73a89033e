use fieldseal::Encrypted;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    people (id) {
        id -> Text,
        firm_id -> Text,
        email_plain -> Text,
        email -> FieldsealText,
        email_term -> FieldsealTextTerm,
        visits_plain -> Nullable<Text>,
        visits -> Nullable<FieldsealBigint>,
    }
}

#[derive(Encrypted)]
#[diesel(table_name = people)]
#[encrypted(firm = firm_id)]
struct Person {
    id: String,
    firm_id: String,
    #[encrypted(index(email_term), legacy = email_plain)]
    email: String,
    #[encrypted(legacy = visits_plain)]
    visits: i64,
}

fn main() {}

use fieldseal::Encrypted;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    clients (id) {
        id -> Text,
        firm_id -> Text,
        email -> FieldsealText,
        code -> Text,
    }
}

#[derive(Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(part)]
struct PartOfNothing {
    #[encrypted]
    email: String,
}

#[derive(Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(part, model = Client, firm = firm_id, table_id = "c", ambient, derive(Insertable))]
struct PartWithTooMuch<T> {
    id: String,
    #[encrypted]
    email: T,
}

#[derive(Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(part, model = Client)]
struct PlainPart {
    code: String,
}

#[derive(Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(part, model = Client, derive(Queryable))]
struct LoadedPart<'a> {
    code: &'a str,
    #[encrypted]
    email: String,
    #[diesel(embed)]
    #[encrypted]
    inner: Inner,
}

#[derive(Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(firm = firm_id)]
struct Client {
    id: String,
    firm_id: String,
    #[diesel(embed)]
    #[encrypted]
    contact: Option<Contact>,
    #[diesel(embed)]
    #[encrypted(json, column_id = "x")]
    other: Contact,
}

#[derive(Encrypted)]
#[encrypted(derive(Queryable, AsChangeset))]
struct WrittenView {
    #[diesel(embed)]
    #[encrypted]
    client: Option<Option<Client>>,
}

#[derive(Encrypted)]
#[encrypted(derive(Queryable))]
struct ShownAndEmbedded {
    id: String,
    #[diesel(embed)]
    #[encrypted(of = Client::email, row = id)]
    client: Client,
}

#[derive(Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(model = Client, derive(Queryable))]
struct LoadedWithoutKey {
    #[diesel(embed)]
    #[encrypted]
    contact: Contact,
}

#[derive(Encrypted)]
#[diesel(table_name = clients)]
#[encrypted(part, model = Client, derive(Queryable))]
struct PartThatShows {
    code: String,
    #[encrypted]
    email: String,
    #[encrypted(of = Other::email, row = code)]
    other: String,
}

fn main() {}

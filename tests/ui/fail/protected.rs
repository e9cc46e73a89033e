use fieldseal::{Encrypted, Protected};

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    notes (id) {
        id -> Text,
        firm_id -> Text,
        body -> FieldsealText,
        maybe -> Nullable<FieldsealText>,
        form -> FieldsealJson,
    }
}

#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Form {
    a: bool,
}

#[derive(Clone)]
struct Body(String);

impl From<Body> for String {
    fn from(body: Body) -> Self {
        body.0
    }
}

impl From<String> for Body {
    fn from(body: String) -> Self {
        Self(body)
    }
}

#[derive(Encrypted)]
#[diesel(table_name = notes)]
#[encrypted(firm = firm_id, derive(Queryable, Selectable))]
struct JsonOption {
    id: String,
    firm_id: String,
    #[encrypted(json)]
    form: Protected<Form>,
}

#[derive(Encrypted)]
#[diesel(table_name = notes)]
#[encrypted(firm = firm_id, derive(Queryable, Selectable))]
struct AsOption {
    id: String,
    firm_id: String,
    #[encrypted(as = String)]
    body: Protected<Body>,
}

#[derive(Encrypted)]
#[diesel(table_name = notes)]
#[encrypted(firm = firm_id, derive(Queryable, Selectable))]
struct Within {
    id: String,
    firm_id: String,
    #[encrypted]
    maybe: Protected<Option<String>>,
    #[encrypted]
    body: Option<fieldseal::Protected<Protected<String>>>,
}

#[derive(Encrypted)]
#[diesel(table_name = notes)]
#[encrypted(firm = firm_id, derive(Queryable, Selectable))]
struct RowKey {
    #[encrypted]
    id: Protected<String>,
    firm_id: String,
    #[encrypted]
    body: String,
}

fn main() {}

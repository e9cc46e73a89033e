use fieldseal::Encrypted;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    matters (id) {
        id -> Text,
        firm_id -> Text,
        title -> FieldsealText,
        title_term -> FieldsealTextTerm,
        urgent -> FieldsealBool,
        urgent_term -> FieldsealBoolTerm,
        intake -> FieldsealJson,
    }
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct Matter {
    id: String,
    firm_id: String,
    #[encrypted(index(title_term))]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(model = Matter, firm = platform)]
struct Platform {
    id: String,
    firm_id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(model = Matter, firm = firm_id, table_id = "m")]
struct TableId {
    id: String,
    firm_id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(model = Matter, firm = firm_id)]
struct ColumnOptions {
    id: String,
    firm_id: String,
    #[encrypted(deterministic)]
    a: String,
    #[encrypted(column_id = "b")]
    b: String,
    #[encrypted(handle = other)]
    c: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(model = Matter, firm = firm_id)]
struct IndexOptions {
    id: String,
    firm_id: String,
    #[encrypted(index(title_term, normalize = email))]
    a: String,
    #[encrypted(index(title_term, bits = 12))]
    b: String,
    #[encrypted(index(title_term, unique))]
    c: String,
    #[encrypted(index(title_term, scope = global))]
    d: String,
    #[encrypted(index(title_term, id = "t"))]
    e: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(model = Matter, row = (a, b))]
struct PartOfTheRow {
    a: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(model = Matter, derive(Queryable, Selectable))]
struct LoadedWithoutRow {
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(model = Matter, derive(Queryable, Selectable))]
struct LoadedBorrowed<'a> {
    id: String,
    #[encrypted]
    title: &'a str,
}

#[derive(Encrypted)]
#[diesel(table_name = matters, treat_none_as_null = true)]
#[encrypted(model = Matter, derive(AsChangeset))]
struct NullTwice {
    #[encrypted]
    title: Option<Option<String>>,
}

fn main() {}

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
#[encrypted(derive(Insertable))]
struct NoFirm {
    id: String,
    firm_id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct FirmIsMissing {
    id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct FirmIsSealed {
    id: String,
    #[encrypted]
    firm_id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct NothingSealed {
    id: String,
    firm_id: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct NoId {
    firm_id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, row = seal_id)]
struct RowIsMissing {
    id: String,
    firm_id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct RowIsSealed {
    #[encrypted]
    id: String,
    firm_id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, row = (a, b, c, d, e))]
struct RowOfFive {
    a: i64,
    b: i64,
    c: i64,
    d: i64,
    e: i64,
    firm_id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, row = (id, id))]
struct RowTwice {
    id: String,
    firm_id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct RowByTheDatabase {
    #[diesel(skip_insertion)]
    id: i64,
    firm_id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct RowConverted {
    #[diesel(serialize_as = String)]
    id: i64,
    firm_id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct Borrowed<'a> {
    id: String,
    firm_id: String,
    #[encrypted]
    title: &'a str,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = platform)]
struct FieldNamedPlatform {
    id: String,
    platform: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, row = none)]
struct FieldNamedNone {
    none: String,
    firm_id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(AsChangeset))]
struct NothingToUpdate {
    id: String,
    firm_id: String,
    #[encrypted]
    #[diesel(skip_update)]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct FirmIsOptional {
    id: String,
    firm_id: Option<String>,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct RowOfTheDatabase {
    id: Option<i64>,
    firm_id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset))]
struct FirmConverted {
    id: String,
    #[diesel(serialize_as = String)]
    firm_id: i64,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(HasQuery, Queryable, Selectable))]
struct LoadedTwice {
    id: String,
    firm_id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters, primary_key(r#type))]
#[encrypted(firm = firm_id, row = r#type, derive(Queryable, Selectable, Identifiable))]
struct RawPrimaryKey {
    r#type: String,
    firm_id: String,
    #[encrypted]
    title: String,
}

/// The firm that seals and the firm of the row would be two.
#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
struct FirmByTheDatabase {
    id: String,
    #[diesel(skip_insertion)]
    firm_id: String,
    #[encrypted]
    title: String,
}

fn main() {}

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
#[encrypted(firm = firm_id)]
struct Tuple(String);

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id)]
enum Choice {
    One,
}

#[derive(Encrypted)]
#[encrypted(firm = firm_id)]
struct NoTable {
    id: String,
    firm_id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, tabel_id = "m")]
struct Unknown {
    id: String,
    firm_id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, firm = firm_id)]
struct Twice {
    id: String,
    firm_id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, sealed = A)]
#[encrypted(sealed = B)]
struct TwiceApart {
    id: String,
    firm_id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, row = ())]
struct EmptyRow {
    id: String,
    firm_id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm)]
struct NoValue {
    id: String,
    firm_id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = "firm_id")]
struct Text {
    id: String,
    firm_id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, row)]
struct RowWithoutValue {
    id: String,
    firm_id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, row = "id")]
struct RowOfText {
    id: String,
    firm_id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, row = (firm_id, "id"))]
struct RowOfTexts {
    id: String,
    firm_id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id, derive = Insertable)]
struct DeriveWithoutParentheses {
    id: String,
    firm_id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(model = "Matter")]
struct ModelOfText {
    id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted]
struct Nothing {
    id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[diesel(table_name = old_matters)]
#[encrypted(firm = firm_id)]
struct TwoTables {
    id: String,
    firm_id: String,
    #[encrypted]
    title: String,
}

fn main() {}

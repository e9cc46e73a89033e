use fieldseal::Encrypted;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    matters (id) {
        id -> Text,
        other_id -> Text,
        firm_id -> Text,
        other_firm_id -> Text,
        title -> FieldsealText,
        title_term -> FieldsealTextTerm,
        other_term -> FieldsealTextTerm,
        notes -> FieldsealText,
        code -> FieldsealText,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    others (id) {
        id -> Text,
        title -> FieldsealText,
        title_term -> FieldsealTextTerm,
    }
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(firm = firm_id)]
struct Matter {
    id: String,
    firm_id: String,
    #[encrypted(index(title_term))]
    title: String,
    #[encrypted]
    notes: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(model = Matter)]
struct MissingIndex {
    id: String,
    #[encrypted]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(model = Matter)]
struct WrongIndex {
    id: String,
    #[encrypted(index(other_term))]
    title: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(model = Matter)]
struct IndexTooMany {
    id: String,
    #[encrypted(index(other_term))]
    notes: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(model = Matter)]
struct PlainField {
    id: String,
    notes: fieldseal::Ciphertext<diesel::sql_types::Text>,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(model = Matter)]
struct SealedField {
    id: String,
    #[encrypted]
    code: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(model = Matter)]
struct UnnamedFirm {
    id: String,
    firm_id: String,
    #[encrypted]
    notes: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(model = Matter, firm = other_firm_id)]
struct WrongFirm {
    id: String,
    other_firm_id: String,
    #[encrypted]
    notes: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(model = Matter, row = other_id)]
struct WrongRow {
    other_id: String,
    #[encrypted]
    notes: String,
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(model = Matter, row = none)]
struct NoRow {
    #[encrypted]
    notes: String,
}

#[derive(Encrypted)]
#[diesel(table_name = others)]
#[encrypted(model = Matter)]
struct OtherTable {
    id: String,
    #[encrypted(index(title_term))]
    title: String,
}

mod unbound {
    use super::matters;
    use fieldseal::Encrypted;

    #[derive(Encrypted)]
    #[diesel(table_name = matters)]
    #[encrypted(firm = platform, row = none)]
    struct Unbound {
        #[encrypted]
        notes: String,
    }

    #[derive(Encrypted)]
    #[diesel(table_name = matters)]
    #[encrypted(model = Unbound)]
    struct Bound {
        id: String,
        #[encrypted]
        notes: String,
    }

    #[derive(Encrypted)]
    #[diesel(table_name = matters)]
    #[encrypted(model = Unbound, row = none, firm = firm_id)]
    struct OfAFirm {
        firm_id: String,
        #[encrypted]
        notes: String,
    }
}

#[derive(Encrypted)]
#[diesel(table_name = matters)]
#[encrypted(model = Matter, derive(Queryable, AsChangeset))]
struct LoadedAndWritten {
    id: String,
    #[encrypted]
    notes: String,
}

fn main() {}

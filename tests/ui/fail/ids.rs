//! Ids in key derivation that are none, or that two columns would share.

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    matters (id) {
        id -> Text,
        firm_id -> Text,
        title -> FieldsealText,
        title_term -> FieldsealTextTerm,
        notes -> FieldsealText,
        notes_term -> FieldsealTextTerm,
        count -> FieldsealBigint,
        count_term -> FieldsealBigintTerm,
    }
}

fn upper(text: &str) -> String {
    text.to_uppercase()
}

mod table {
    use super::*;

    #[derive(fieldseal::Encrypted)]
    #[diesel(table_name = matters)]
    #[encrypted(firm = firm_id, table_id = "", derive(Insertable))]
    struct Matter {
        id: String,
        firm_id: String,
        #[encrypted]
        title: String,
    }
}

mod column {
    use super::*;

    #[derive(fieldseal::Encrypted)]
    #[diesel(table_name = matters)]
    #[encrypted(firm = firm_id, derive(Insertable))]
    struct Matter {
        id: String,
        firm_id: String,
        #[encrypted(column_id = "a\nb")]
        title: String,
    }
}

mod two_columns {
    use super::*;

    #[derive(fieldseal::Encrypted)]
    #[diesel(table_name = matters)]
    #[encrypted(firm = firm_id, derive(Insertable))]
    struct Matter {
        id: String,
        firm_id: String,
        #[encrypted]
        title: String,
        #[encrypted(column_id = "title")]
        notes: String,
    }
}

mod index {
    use super::*;

    #[derive(fieldseal::Encrypted)]
    #[diesel(table_name = matters)]
    #[encrypted(firm = firm_id, derive(Insertable))]
    struct Matter {
        id: String,
        firm_id: String,
        #[encrypted(index(title_term, id = ""))]
        title: String,
    }
}

mod two_indexes {
    use super::*;

    #[derive(fieldseal::Encrypted)]
    #[diesel(table_name = matters)]
    #[encrypted(firm = firm_id, derive(Insertable))]
    struct Matter {
        id: String,
        firm_id: String,
        #[encrypted(index(title_term))]
        title: String,
        #[encrypted(index(notes_term, id = "title_term"))]
        notes: String,
    }
}

mod normalizer {
    use super::*;

    #[derive(fieldseal::Encrypted)]
    #[diesel(table_name = matters)]
    #[encrypted(firm = firm_id, derive(Insertable))]
    struct Matter {
        id: String,
        firm_id: String,
        #[encrypted(index(title_term, normalize = custom("", upper)))]
        title: String,
    }
}

/// Only text has a normal form.
mod normalized_number {
    use super::*;

    #[derive(fieldseal::Encrypted)]
    #[diesel(table_name = matters)]
    #[encrypted(firm = firm_id, derive(Insertable))]
    struct Matter {
        id: String,
        firm_id: String,
        #[encrypted(index(count_term, normalize = digits))]
        count: i64,
    }
}

fn main() {}

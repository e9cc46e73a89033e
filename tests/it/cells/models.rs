//! One SQL column seen as different cells: of other tables, columns, codecs and kinds.

use fieldseal::Encrypted;

use super::SECRET;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    left_cells (id) {
        id -> BigInt,
        firm_id -> Text,
        value -> FieldsealText,
        other -> Nullable<FieldsealText>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    right_cells (id) {
        id -> BigInt,
        firm_id -> Text,
        value -> FieldsealText,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    #[sql_name = "left_cells"]
    left_bytes (id) {
        id -> BigInt,
        firm_id -> Text,
        value -> FieldsealBytes,
    }
}

/// The victim: bound to its row.
#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = left_cells)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
pub(super) struct Left {
    pub(super) id: i64,
    pub(super) firm_id: String,
    #[encrypted]
    pub(super) value: String,
    #[encrypted]
    pub(super) other: Option<String>,
}

/// Another table with a column of the same name.
#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = right_cells)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
pub(super) struct Right {
    pub(super) id: i64,
    pub(super) firm_id: String,
    #[encrypted]
    pub(super) value: String,
}

/// The victim's column as another codec.
#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = left_bytes)]
#[encrypted(firm = firm_id, table_id = "left_cells", derive(Queryable, Selectable))]
pub(super) struct LeftBytes {
    pub(super) id: i64,
    pub(super) firm_id: String,
    #[encrypted]
    pub(super) value: Vec<u8>,
}

/// The victim's column without row binding.
#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = left_cells)]
#[encrypted(firm = firm_id, row = none, derive(Queryable, Selectable))]
pub(super) struct Loose {
    pub(super) id: i64,
    pub(super) firm_id: String,
    #[encrypted]
    pub(super) value: String,
}

/// The victim's column, deterministic.
#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = left_cells)]
#[encrypted(firm = firm_id, derive(Queryable, Selectable))]
pub(super) struct Fixed {
    pub(super) id: i64,
    pub(super) firm_id: String,
    #[encrypted(deterministic)]
    pub(super) value: String,
}

pub(super) fn left(id: i64) -> Left {
    Left { id, firm_id: "acme".into(), value: SECRET.into(), other: Some(SECRET.into()) }
}

pub(super) fn right(id: i64) -> Right {
    Right { id, firm_id: "acme".into(), value: SECRET.into() }
}

pub(super) fn left_bytes_of(id: i64) -> LeftBytes {
    LeftBytes { id, firm_id: "acme".into(), value: SECRET.into() }
}

pub(super) fn loose(id: i64) -> Loose {
    Loose { id, firm_id: "acme".into(), value: SECRET.into() }
}

pub(super) fn fixed(id: i64) -> Fixed {
    Fixed { id, firm_id: "acme".into(), value: SECRET.into() }
}

//! UUID keys of row and firm. PostgreSQL only: Diesel knows no UUID on SQLite.

use fieldseal::Encrypted;
use uuid::Uuid;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    people (id) {
        id -> Uuid,
        firm_id -> Uuid,
        name -> FieldsealText,
        name_term -> FieldsealTextTerm,
        badge -> Nullable<FieldsealUuid>,
        badge_term -> Nullable<FieldsealUuidTerm>,
    }
}

pub(super) const PLAIN: &str = "id UUID PRIMARY KEY, firm_id UUID NOT NULL";

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = people)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset, Identifiable))]
pub(crate) struct Person {
    pub(crate) id: Uuid,
    pub(crate) firm_id: Uuid,
    #[encrypted(index(name_term, normalize = lowercase))]
    pub(crate) name: String,
    #[encrypted(index(badge_term))]
    pub(crate) badge: Option<Uuid>,
}

pub(crate) fn person(n: u128, name: &str) -> Person {
    Person {
        id: Uuid::from_u128(n),
        firm_id: Uuid::from_u128(77),
        name: name.to_owned(),
        badge: Some(Uuid::from_u128(n * 1_000)),
    }
}

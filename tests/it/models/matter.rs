//! Integer keys, and rows that refer to another sealed table.

use fieldseal::Encrypted;

use super::client::SealedClient;
use super::client::clients;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    matters (id) {
        id -> BigInt,
        firm_id -> Text,
        client_id -> Text,
        title -> FieldsealText,
        fee -> Nullable<FieldsealBigint>,
    }
}

diesel::joinable!(matters -> clients (client_id));

pub(super) const PLAIN: &str = "id BIGINT PRIMARY KEY, firm_id TEXT NOT NULL, client_id TEXT NOT NULL";

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = matters, belongs_to(SealedClient, foreign_key = client_id))]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset, Identifiable, Associations))]
pub(crate) struct Matter {
    pub(crate) id: i64,
    pub(crate) firm_id: String,
    pub(crate) client_id: String,
    #[encrypted]
    pub(crate) title: String,
    #[encrypted]
    pub(crate) fee: Option<i64>,
}

pub(crate) fn matter(id: i64, client_id: &str) -> Matter {
    Matter {
        id,
        firm_id: "acme".to_owned(),
        client_id: client_id.to_owned(),
        title: format!("matter {id}"),
        fee: (id % 2 == 0).then_some(id * 100),
    }
}

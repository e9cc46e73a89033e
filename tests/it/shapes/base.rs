//! Three tables that most of the shapes are tried on: items, their parts, and the parts' marks.

use fieldseal::Encrypted;
use fieldseal::schema::Backend;

use super::secret;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    // In the order of the twin, as `save_changes` needs it.
    items (id) {
        id -> BigInt,
        firm_id -> Text,
        label -> Text,
        rank -> Nullable<Integer>,
        email -> FieldsealText,
        notes -> Nullable<FieldsealText>,
        email_term -> FieldsealTextTerm,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    parts (id) {
        id -> BigInt,
        firm_id -> Text,
        item_id -> BigInt,
        code -> Nullable<FieldsealText>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    marks (id) {
        id -> BigInt,
        firm_id -> Text,
        part_id -> BigInt,
        word -> FieldsealText,
    }
}

diesel::joinable!(parts -> items (item_id));
diesel::joinable!(marks -> parts (part_id));
diesel::allow_tables_to_appear_in_same_query!(items, parts, marks);

#[derive(Debug, Clone, PartialEq, Encrypted)]
// COPY takes no DEFAULT.
#[diesel(table_name = items, treat_none_as_default_value = false)]
#[encrypted(
    firm = firm_id,
    derive(Insertable, Queryable, Selectable, QueryableByName, AsChangeset, Identifiable)
)]
pub(super) struct Item {
    pub(super) id: i64,
    pub(super) firm_id: String,
    pub(super) label: String,
    pub(super) rank: Option<i32>,
    #[encrypted(index(email_term, normalize = email, unique))]
    pub(super) email: String,
    #[encrypted]
    pub(super) notes: Option<String>,
}

/// Associated with its item both sealed and opened.
#[derive(Debug, Clone, PartialEq, Encrypted, diesel::Identifiable, diesel::Associations)]
#[diesel(table_name = parts, belongs_to(SealedItem, foreign_key = item_id))]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable, Identifiable, Associations, PartialEq))]
pub(super) struct Part {
    pub(super) id: i64,
    pub(super) firm_id: String,
    pub(super) item_id: i64,
    #[encrypted]
    pub(super) code: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = marks)]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable))]
pub(super) struct Mark {
    pub(super) id: i64,
    pub(super) firm_id: String,
    pub(super) part_id: i64,
    #[encrypted]
    pub(super) word: String,
}

pub(super) fn tables(backend: Backend) -> String {
    let plain = "CREATE TABLE items (id BIGINT PRIMARY KEY, firm_id TEXT NOT NULL, label TEXT NOT NULL, rank INTEGER); \
                 CREATE TABLE parts (id BIGINT PRIMARY KEY, firm_id TEXT NOT NULL, item_id BIGINT NOT NULL); \
                 CREATE TABLE marks (id BIGINT PRIMARY KEY, firm_id TEXT NOT NULL, part_id BIGINT NOT NULL)";
    super::tables::<(Item, Part, Mark)>(backend, plain)
}

/// Even items have notes; the rank is the tens of the number.
pub(super) fn item(id: i64) -> Item {
    Item {
        id,
        firm_id: "acme".into(),
        label: format!("item {id}"),
        rank: i32::try_from(id / 10).ok().filter(|rank| *rank > 0),
        email: secret(format!("Mail-{id}@Example.org")),
        notes: (id % 2 == 0).then(|| secret(format!("note {id}"))),
    }
}

pub(super) fn part(id: i64, item_id: i64) -> Part {
    Part { id, firm_id: "acme".into(), item_id, code: (id % 2 == 0).then(|| secret(format!("code {id}"))) }
}

pub(super) fn mark(id: i64, part_id: i64) -> Mark {
    Mark { id, firm_id: "acme".into(), part_id, word: secret(format!("word {id}")) }
}

/// Inserts items of these numbers by one statement.
macro_rules! insert_items {
    ($conn:expr, $session:expr, $ids:expr) => {{
        let all: Vec<_> = $ids.into_iter().map(crate::shapes::base::item).collect();
        let sealed = $session.seal(&all).unwrap();
        diesel::RunQueryDsl::execute(diesel::insert_into(items::table).values(&sealed), $conn).unwrap()
    }};
}

/// The item of this number as the database has it.
macro_rules! stored_item {
    ($conn:expr, $session:expr, $id:expr) => {{
        let row = items::table.find($id).select(SealedItem::as_select()).first($conn).unwrap();
        $session.open(row).unwrap()
    }};
}

pub(super) use {insert_items, stored_item};

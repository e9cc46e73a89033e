//! Ambient models, forms and views without a warning, whatever they derive; under names that Diesel and the derive use.

#![deny(warnings)]

use fieldseal::{Encrypted, Protected};

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    notes (id) {
        id -> Text,
        firm_id -> Text,
        body -> FieldsealText,
        extra -> Nullable<FieldsealText>,
    }
}

#[derive(Debug, Clone, Encrypted)]
#[diesel(table_name = notes)]
#[encrypted(ambient, firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset, QueryableByName))]
pub(super) struct Note {
    pub(super) id: String,
    pub(super) firm_id: String,
    #[encrypted]
    pub(super) body: String,
    #[encrypted]
    pub(super) extra: Option<String>,
}

/// Read only: nothing here seals.
#[derive(Debug, Encrypted)]
#[diesel(table_name = notes)]
#[encrypted(ambient, model = Note, firm = firm_id, derive(HasQuery))]
pub(super) struct Read {
    pub(super) id: String,
    pub(super) firm_id: String,
    #[encrypted]
    pub(super) body: Protected<String>,
}

/// A generic form without its key, whose `for_row` nobody calls.
#[derive(Encrypted)]
#[diesel(table_name = notes)]
#[encrypted(ambient, model = Note, derive(Insertable, AsChangeset))]
pub(super) struct Patch<'a, T: fieldseal::Encode<Form = diesel::sql_types::Text>> {
    #[encrypted]
    pub(super) body: T,
    #[encrypted]
    pub(super) extra: Option<&'a str>,
}

#[derive(Debug, Encrypted)]
#[encrypted(ambient, derive(Queryable))]
pub(super) struct View {
    pub(super) key: String,
    #[encrypted(of = Note::body, row = key)]
    pub(super) body: String,
    #[encrypted(of = Note::extra, row = key)]
    pub(super) extra: Option<Protected<String>>,
}

/// All cells are in a part.
#[derive(Debug, Clone, Encrypted)]
#[diesel(table_name = notes)]
#[encrypted(ambient, firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset))]
pub(super) struct Split {
    pub(super) id: String,
    pub(super) firm_id: String,
    #[diesel(embed)]
    #[encrypted]
    pub(super) text: SplitText,
}

#[derive(Debug, Clone, Encrypted)]
#[diesel(table_name = notes)]
#[encrypted(part, model = Split, derive(Insertable, Queryable, Selectable, AsChangeset))]
pub(super) struct SplitText {
    #[encrypted]
    pub(super) body: String,
}

#[test]
fn a_model_of_parts_is_sealed_where_it_is_inserted() {
    let split = Split { id: "n1".into(), firm_id: "acme".into(), text: SplitText { body: "text".into() } };
    let sql = || {
        let insert = diesel::insert_into(notes::table).values(&split);
        diesel::debug_query::<diesel::sqlite::Sqlite, _>(&insert).to_string()
    };
    assert!(sql().contains("failed: no session is in scope for `Split`"), "{}", sql());
    let session = fieldseal::testing::vault().blocking().session("acme").unwrap();
    let sealed = session.scope_sync(sql);
    assert!(sealed.contains("<sealed, ") && !sealed.contains("failed"), "{sealed}");
}

#[test]
fn a_generic_form_is_written_for_a_row() {
    let patch = Patch { body: "x", extra: None };
    let text = format!("{:?}", patch.for_row("n1"));
    assert!(text.contains("failed: no session is in scope for `Note`"), "{text}");
    let session = fieldseal::testing::vault().blocking().session("acme").unwrap();
    let text = session.scope_sync(|| format!("{:?}", patch.for_row("n1")));
    assert!(text.contains("<sealed, ") && !text.contains("failed"), "{text}");
}

#[test]
fn a_view_opens_cells_of_the_model() {
    let session = fieldseal::testing::vault().blocking().session("acme").unwrap();
    let note = Note { id: "n1".into(), firm_id: "acme".into(), body: "text".into(), extra: None };
    let SealedNote { id, body, extra, .. } = session.seal(&note).unwrap();
    let View { key, body, extra } = session.open(SealedView { key: id, body, extra }).unwrap();
    assert_eq!((key.as_str(), body.as_str(), extra.is_none()), ("n1", "text", true));
}

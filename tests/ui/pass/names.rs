//! Fields and columns of any name: keywords, other names in SQL, and the names that generated code might bind.

#![deny(warnings)]
#![allow(dead_code, reason = "compiled, and not run")]

use fieldseal::Encrypted;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    #[sql_name = "odd names"]
    odd (key) {
        key -> Text,
        keys -> Text,
        row -> Text,
        #[sql_name = "type"]
        type_ -> FieldsealText,
        r#match -> FieldsealText,
        #[sql_name = "value!"]
        value -> FieldsealText,
        cell -> Nullable<FieldsealText>,
        term -> Nullable<FieldsealTextTerm>,
        loaded -> FieldsealText,
        session -> FieldsealTextTerm,
        this -> FieldsealText,
    }
}

// Unit structs of the columns' names are in scope, and a binding can't shadow a unit struct. Diesel's own derives bind
// `row`, so that it can't be among them.
#[allow(unused_imports, reason = "compiled, and not run")]
use odd::dsl::{cell, key, keys, loaded, session, term, this, value};

#[derive(Encrypted)]
#[diesel(table_name = odd, primary_key(key))]
#[encrypted(
    firm = keys,
    row = (key, row),
    table_id = "odd",
    derive(Debug, Clone, Insertable, Queryable, Selectable, AsChangeset)
)]
struct Odd {
    key: String,
    keys: String,
    row: String,
    #[encrypted]
    #[diesel(column_name = type_)]
    r#type: String,
    #[encrypted(column_id = "match")]
    r#match: String,
    #[encrypted]
    value: String,
    #[encrypted(index(term, bits = 20))]
    cell: Option<String>,
    #[encrypted(index(session), handle = loaded_handle)]
    loaded: String,
    #[encrypted]
    #[diesel(column_name = this)]
    other: String,
}

#[derive(Encrypted)]
#[diesel(table_name = odd, primary_key(key))]
#[encrypted(model = Odd, row = (key, row), derive(AsChangeset))]
struct OddPatch<'a> {
    #[encrypted]
    r#match: &'a str,
    #[encrypted(index(term))]
    cell: Option<Option<&'a str>>,
    #[encrypted(index(session))]
    loaded: Option<&'a str>,
}

#[derive(Encrypted)]
#[diesel(table_name = odd, primary_key(key))]
#[encrypted(model = Odd, firm = keys, row = (key, row), derive(Insertable, AsChangeset, Queryable, Selectable))]
struct OddForm {
    row: String,
    key: String,
    keys: String,
    #[encrypted]
    value: String,
}

#[test]
fn names_are_those_of_the_columns() {
    let names: Vec<_> =
        Odd::SCHEMA.columns.iter().map(|column| (column.field, column.column, column.column_id)).collect();
    let expected = [
        ("type", "type", "type"),
        ("match", "match", "match"),
        ("value", "value!", "value!"),
        ("cell", "cell", "cell"),
        ("loaded", "loaded", "loaded"),
        ("other", "this", "this"),
    ];
    assert_eq!(names, expected);
    assert_eq!((Odd::SCHEMA.table_id, Odd::SCHEMA.row), ("odd", ["key", "row"].as_slice()));
    let _ = (Odd::r#type(), Odd::r#match(), Odd::loaded_handle());
}

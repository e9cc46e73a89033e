//! Sources of crates with many models.

use std::fmt::Write;

/// Sealed twins as a user without the derive writes them.
pub(crate) fn by_hand(models: usize) -> String {
    source(models, |n, out| {
        write!(
            out,
            "
#[derive(Debug, Clone, Insertable, Queryable, Selectable, AsChangeset, Identifiable)]
#[diesel(table_name = table_{n}, treat_none_as_default_value = false)]
pub struct SealedModel{n} {{
    pub id: i64,
    pub firm_id: i64,
    pub name: String,
    pub city: Option<String>,
    pub created: i64,
    pub active: bool,
    pub email: Ciphertext<Text>,
    pub email_term: Term<Text>,
    pub phone: Option<Ciphertext<Text>>,
    pub notes: Ciphertext<Text>,
    pub visits: Ciphertext<BigInt>,
}}
"
        )
    })
}

/// The same through the derive.
pub(crate) fn derived(models: usize) -> String {
    source(models, |n, out| {
        write!(
            out,
            "
#[derive(Encrypted)]
#[diesel(table_name = table_{n})]
#[encrypted(firm = firm_id, derive(Insertable, Queryable, Selectable, AsChangeset, Identifiable))]
pub struct Model{n} {{
    pub id: i64,
    pub firm_id: i64,
    pub name: String,
    pub city: Option<String>,
    pub created: i64,
    pub active: bool,
    #[encrypted(index(email_term, normalize = email))]
    pub email: String,
    #[encrypted]
    pub phone: Option<String>,
    #[encrypted]
    pub notes: String,
    #[encrypted]
    pub visits: i64,
}}
"
        )
    })
}

fn source(models: usize, model: impl Fn(usize, &mut String) -> std::fmt::Result) -> String {
    let mut out = String::from(
        "#![allow(unused_imports)]
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use fieldseal::{Ciphertext, Encrypted, Term};
",
    );
    for n in 0..models {
        table(n, &mut out).and_then(|()| model(n, &mut out)).expect("a string takes text");
    }
    out
}

fn table(n: usize, out: &mut String) -> std::fmt::Result {
    write!(
        out,
        "
diesel::table! {{
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    table_{n} (id) {{
        id -> BigInt,
        firm_id -> BigInt,
        name -> Text,
        city -> Nullable<Text>,
        created -> BigInt,
        active -> Bool,
        email -> FieldsealText,
        email_term -> FieldsealTextTerm,
        phone -> Nullable<FieldsealText>,
        notes -> FieldsealText,
        visits -> FieldsealBigint,
    }}
}}
"
    )
}

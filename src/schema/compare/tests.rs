//! Facts made by hand: every rule of the comparison without a database.

use super::*;
use crate::envelope::Kind;
use crate::model::{ColumnSchema, ModelSchema, Owner};

const MODEL: ModelSchema = ModelSchema::new(
    "Client",
    "clients",
    "clients",
    Owner::Column("firm_id"),
    &["id"],
    &[ColumnSchema::new(
        "email",
        "email",
        "email",
        "text",
        "fieldseal_text",
        Kind::RowBound,
        false,
        Some(IndexSchema::new("email_term", "email_term", "email/1", 128, true, false)),
    )],
);

fn table() -> Table {
    Table::all(&[&MODEL]).unwrap().remove(0)
}

fn fact(kind: &str, name: &str, [a, b, c, d]: [&str; 4]) -> Fact {
    let [kind, name, a, b, c, d] = [kind, name, a, b, c, d].map(str::to_owned);
    Fact { kind, name, a, b, c, d }
}

/// A PostgreSQL table as the migration makes it.
fn facts() -> Vec<Fact> {
    let guard = postgres::guard::of(&table()).unwrap();
    let triggers = guard.triggers.iter().map(|trigger| {
        fact("trigger", &trigger.name, ["always", trigger.event, &trigger.stamp, &guard.body.replace('\n', "\r\n")])
    });
    [
        fact("table", "", ["r", "", "", ""]),
        fact("column", "email", ["fieldseal_text", "NOT NULL", "other\u{1f}fieldseal_text_cell", ""]),
        fact("column", "email_term", ["fieldseal_text_term", "NOT NULL", "fieldseal_text_term_shape", ""]),
        fact("index", "one", ["email_term\u{1f}firm_id", "unique", "usable", ""]),
    ]
    .into_iter()
    .chain(triggers)
    .chain([
        fact("column", "id", ["bigint", "NOT NULL", "", ""]),
        fact("column", "firm_id", ["text", "NOT NULL", "", ""]),
    ])
    .collect()
}

fn differences(change: impl FnOnce(&mut Vec<Fact>)) -> Vec<String> {
    let mut facts = facts();
    change(&mut facts);
    compare(&table(), Backend::Postgres, &facts).iter().map(ToString::to_string).collect()
}

fn only(change: impl FnOnce(&mut Vec<Fact>)) -> String {
    let differences = differences(change);
    assert_eq!(differences.len(), 1, "{differences:#?}");
    differences[0].clone()
}

#[test]
fn what_the_migration_makes_is_right() {
    assert_eq!(differences(|_| {}), [""; 0]);
}

#[test]
fn a_missing_table_is_one_difference() {
    assert!(only(Vec::clear).starts_with("clients: expected a table, found none; remedy: "));
}

type Change = fn(&mut Fact);

#[test]
fn each_fact_matters() {
    let changed: [(usize, Change, &str); 9] = [
        (0, |table| table.a = "v".into(), "clients: expected a table, found something else"),
        (1, |column| column.a = "text".into(), "clients.email: expected type fieldseal_text, found type text"),
        (1, |column| column.b = "NULL".into(), "clients.email: expected NOT NULL, found NULL"),
        (1, |column| column.c = "other".into(), "clients.email: expected a valid CHECK of its cells, found none"),
        (
            3,
            |index| index.b = "not unique".into(),
            "clients.email_term: expected a unique index on (email_term, firm_id)",
        ),
        (3, |index| index.c = "invalid".into(), "clients.email_term: expected a unique index on (email_term, firm_id)"),
        (
            4,
            |trigger| trigger.c = "unconditional".into(),
            "clients: expected the trigger zzz_fieldseal_proposed BEFORE INSERT",
        ),
        (
            5,
            |trigger| trigger.d.push('x'),
            "clients: expected the trigger zzz_fieldseal_guard BEFORE UPDATE, found another",
        ),
        (
            5,
            |trigger| trigger.a = "disabled".into(),
            "clients: expected the trigger zzz_fieldseal_guard BEFORE UPDATE, enabled",
        ),
    ];
    for (position, change, expected) in changed {
        let difference = only(|facts| change(&mut facts[position]));
        assert!(difference.starts_with(expected), "{difference}");
    }
}

#[test]
fn each_fact_is_needed() {
    for position in 1..facts().len() {
        only(|facts| {
            facts.remove(position);
        });
    }
}

#[test]
fn a_unique_index_in_another_order_needs_one_that_begins_with_the_term() {
    let reorder = |facts: &mut Vec<Fact>| facts[3].a = "firm_id\u{1f}email_term".into();
    assert!(only(reorder).contains("found one on (firm_id, email_term), unique, usable; remedy: CREATE UNIQUE INDEX"));
    let second = fact("index", "two", ["email_term", "not unique", "usable", ""]);
    assert_eq!(
        differences(|facts| {
            reorder(facts);
            facts.push(second);
        }),
        [""; 0]
    );
}

#[test]
fn only_triggers_that_run_after_the_guard_are_in_the_way() {
    let later = |name, when, event| {
        differences(|facts| facts.push(fact("trigger", name, [when, event, "unconditional", "BEGIN RETURN NEW; END"])))
    };
    assert_eq!(later("zzzz", "not always", "INSERT UPDATE").len(), 2);
    assert_eq!(later("zzzz", "not always", "UPDATE").len(), 1);
    assert_eq!(later("zzz_fieldseal_later", "not always", "UPDATE").len(), 1);
    assert_eq!(later("zzzz", "disabled", "UPDATE"), [""; 0]);
    assert_eq!(later("aaaa", "always", "UPDATE"), [""; 0]);
    assert_eq!(later("zzzz", "always", "DELETE"), [""; 0]);
}

#[test]
fn a_column_that_rewrites_what_cells_are_bound_to_is_named() {
    let padded = only(|facts| facts[7].a = "character(8)".to_owned());
    assert!(padded.starts_with("clients.firm_id: expected a type that keeps values as they are"), "{padded}");
    let missing = only(|facts| drop(facts.remove(6)));
    assert!(missing.starts_with("clients.id: expected a column that cells are bound to, found none"), "{missing}");
}

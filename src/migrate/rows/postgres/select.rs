//! The SQL that reads rows.

use super::{KeyColumn, Sort, Table};
use crate::context::FirmId;
use crate::migrate::transform::Wants;
use crate::schema::sql::{ident, join};

/// What a pass reads of a table.
#[derive(Debug, Clone)]
pub(in crate::migrate) struct Reading {
    pub(in crate::migrate) table: Table,
    pub(in crate::migrate) wants: Wants,
    /// Rows are bound to what addresses them, which is read once.
    pub(super) one_key: bool,
    columns: String,
}

/// Keys between which rows are read: above the first, up to and with the second.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::migrate) struct Bounds<'a> {
    pub(in crate::migrate) after: Option<&'a [String]>,
    pub(in crate::migrate) upto: Option<&'a [String]>,
}

impl Reading {
    pub(in crate::migrate) fn new(table: Table, wants: Wants) -> Self {
        let names = |keys: &[KeyColumn]| keys.iter().map(|key| key.name.clone()).collect::<Vec<_>>();
        let padded = table.place.iter().any(|key| key.sort == Sort::Padded);
        let one_key = !padded && names(&table.id) == names(&table.place);
        let columns = columns(&table, &wants, one_key);
        Self { table, wants, one_key, columns }
    }

    /// A page of rows in the order of their keys, and its parameters: texts, then the number of rows.
    pub(in crate::migrate) fn page(&self, bounds: Bounds<'_>) -> (String, Vec<String>) {
        let (mut conditions, mut texts) = (Vec::new(), Vec::new());
        for (sign, key) in [(">", bounds.after), ("<=", bounds.upto)] {
            if let Some(key) = key {
                conditions.push(self.table.compared(sign, texts.len()));
                texts.extend(key.iter().cloned());
            }
        }
        conditions.extend(self.only(&mut texts));
        let filter = where_of(&conditions);
        let (columns, table, limit) = (&self.columns, &self.table.quoted, texts.len() + 1);
        let order = join(&self.table.id, ", ", |key| format!("t.{}", ident(&key.name)));
        (format!("SELECT {columns} FROM {table} AS t{filter} ORDER BY {order} LIMIT ${limit}::int8"), texts)
    }

    /// The rows of these keys that are still in need: an array of texts for each column of the key, then further texts.
    pub(in crate::migrate) fn again(&self) -> (String, Vec<String>) {
        let id = &self.table.id;
        let arrays = join(0..id.len(), ", ", |i| format!("${}::text[]", i + 1));
        let names = join(0..id.len(), ", ", |i| format!("k{i}"));
        let mut conditions: Vec<String> =
            id.iter().enumerate().map(|(i, key)| format!("t.{} = u.k{i}::{}", ident(&key.name), key.cast)).collect();
        let mut texts = Vec::new();
        let only = self.only_from(id.len(), &mut texts);
        conditions.extend(only);
        let (columns, table, filter) = (&self.columns, &self.table.quoted, where_of(&conditions));
        (format!("SELECT {columns} FROM unnest({arrays}) AS u ({names}), {table} AS t{filter}"), texts)
    }

    fn only(&self, texts: &mut Vec<String>) -> Vec<String> {
        self.only_from(0, texts)
    }

    /// What rows have to be, whatever their keys.
    fn only_from(&self, before: usize, texts: &mut Vec<String>) -> Vec<String> {
        let mut conditions: Vec<String> = self.table.needy(self.wants.rows).into_iter().collect();
        if let (Some(firm), Some(column)) = (&self.wants.firm, &self.table.firm) {
            texts.push(text_of(firm));
            conditions.push(format!("t.{} = ${}::text::{}", ident(&column.name), before + texts.len(), column.cast));
        }
        conditions
    }
}

impl Table {
    /// A comparison of the key with parameters from `before` on, by the columns' own collations.
    pub(super) fn compared(&self, sign: &str, before: usize) -> String {
        let names = join(&self.id, ", ", |key| format!("t.{}", ident(&key.name)));
        let values = self.id.iter().enumerate();
        let values = join(values, ", ", |(i, key)| format!("${}::text::{}", before + i + 1, key.cast));
        format!("({names}) {sign} ({values})")
    }
}

/// The firm as its column's text.
pub(in crate::migrate) fn text_of(firm: &FirmId) -> String {
    match firm {
        FirmId::Platform => String::new(),
        FirmId::Uuid(id) => id.hyphenated().to_string(),
        FirmId::Int(id) => id.to_string(),
        FirmId::Text(id) => id.clone(),
    }
}

fn where_of(conditions: &[String]) -> String {
    if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) }
}

/// What is selected, in the order in which it is decoded.
fn columns(table: &Table, wants: &Wants, one_key: bool) -> String {
    let mut out: Vec<String> = table.id.iter().map(addressed).collect();
    if !one_key {
        out.extend(table.place.iter().map(bound));
    }
    out.extend(table.firm.iter().map(bound));
    out.push("t.xmin".to_owned());
    for pair in &table.pairs {
        if let (true, Some(plain)) = (wants.plain, &pair.plain) {
            out.push(format!("t.{}::{}", ident(&plain.name), if plain.bytes { "bytea" } else { "text" }));
        }
        if wants.sealed {
            out.push(format!("t.{}::bytea", ident(&pair.sealed)));
        }
        if let (true, Some(term)) = (wants.term, &pair.term) {
            out.push(format!("t.{}::bytea", ident(term)));
        }
    }
    out.extend(table.old_place.iter().chain(&table.old_firm).map(bound));
    out.join(", ")
}

fn addressed(key: &KeyColumn) -> String {
    let name = ident(&key.name);
    match key.sort {
        Sort::Uuid => format!("t.{name}::uuid"),
        Sort::Integer => format!("t.{name}::int8"),
        Sort::Text | Sort::Padded => format!("t.{name}::text"),
    }
}

fn bound(key: &KeyColumn) -> String {
    match key.sort {
        Sort::Padded => format!("CASE WHEN t.{0} IS NOT NULL THEN concat(t.{0}) END", ident(&key.name)),
        _ => addressed(key),
    }
}

//! PostgreSQL: domains, columns, indexes, and what reads them back.

mod facts;
pub(super) mod guard;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::sql::{ident, idents, join};
use super::table::{Content, Stored, TERM_LEN, Table};
use super::{Migration, explain, header};
use crate::model::IndexSchema;

pub(super) use facts::query;

pub(super) fn migration(tables: &[Table]) -> Migration {
    Migration { up: up(tables), down: down(tables) }
}

fn up(tables: &[Table]) -> String {
    let mut sql = format!("{DOMAINS}{}", join(domains(tables).values(), "", create_domain));
    for table in tables {
        sql += &header(table);
        explain(&mut sql, COLUMNS);
        sql += &join(&table.stored(), "", |column| add_column(table, column) + "\n");
        if table.indexes().next().is_some() {
            explain(&mut sql, INDEXES);
        }
        sql += &join(table.indexes(), "", |index| create_index(table, index) + "\n");
        if let Some(guard) = guard::of(table) {
            explain(&mut sql, guard.comment);
            sql += &guard.setup;
        }
    }
    sql
}

fn down(tables: &[Table]) -> String {
    let mut sql = String::new();
    for table in tables.iter().rev() {
        sql += &header(table);
        if let Some(guard) = guard::of(table) {
            sql += &guard.teardown;
        }
        let drops =
            join(table.stored().iter().rev(), ",\n", |column| format!("    DROP COLUMN {}", ident(column.name)));
        let _ = writeln!(sql, "-- Each column takes its index along.\nALTER TABLE {}\n{drops};", table.quoted());
    }
    sql + UNUSED_DOMAINS + &join(domains(tables).keys(), "", |name| drop_domain(name))
}

/// The statements that make the domains of `tables`, unless they are there.
#[cfg(feature = "migrate")]
pub(super) fn domain_statements(tables: &[Table]) -> Vec<String> {
    domains(tables).values().map(create_domain).collect()
}

/// The name of a column's domain.
#[cfg(feature = "migrate")]
pub(super) fn domain(column: &Stored) -> String {
    column.domain()
}

/// The domains that `tables` need, each once.
fn domains(tables: &[Table]) -> BTreeMap<String, Stored> {
    tables.iter().flat_map(Table::stored).map(|column| (column.domain(), column)).collect()
}

fn create_domain(column: &Stored) -> String {
    let name = column.domain();
    format!(
        "DO $fieldseal$ BEGIN\n    CREATE DOMAIN {} AS bytea CONSTRAINT {} CHECK (\n        {}\n    );\n\
         EXCEPTION WHEN duplicate_object THEN NULL;\nEND $fieldseal$;\n",
        ident(&name),
        ident(&column.check_name(&name)),
        shape(column.content)
    )
}

fn shape(content: Content) -> String {
    match content {
        // One node, where lengths and bytes compared apart are eight: the server sets a domain's check up anew for every
        // value in a statement. In a pattern of bytes `_` is one byte.
        Content::Cells(kind) => {
            let rest = "_".repeat(kind.overhead() - 1);
            format!("VALUE LIKE E'\\\\{:o}{rest}%'::bytea", kind.byte())
        }
        Content::Terms => format!("octet_length(VALUE) BETWEEN {} AND {}", TERM_LEN.start(), TERM_LEN.end()),
    }
}

fn drop_domain(name: &str) -> String {
    format!(
        "DO $fieldseal$ BEGIN\n    DROP DOMAIN IF EXISTS {};\n\
         EXCEPTION WHEN dependent_objects_still_exist THEN NULL;\nEND $fieldseal$;\n",
        ident(name)
    )
}

/// The statement that adds a column: in migrations, and the remedy where one is missing.
pub(super) fn add_column(table: &Table, column: &Stored) -> String {
    let (name, domain) = (ident(column.name), ident(&column.domain()));
    format!("ALTER TABLE {} ADD COLUMN {name} {domain}{};", table.quoted(), column.not_null())
}

/// The statement that makes an index: in migrations, and the remedy where one is missing.
pub(super) fn create_index(table: &Table, index: &IndexSchema) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let (name, key) = (ident(&table.index_name(index)), idents(table.index_key(index)));
    format!("CREATE {unique}INDEX {name} ON {} ({key});", table.quoted())
}

const DOMAINS: &str = "\
-- Domains of sealed columns, one per stored form and kind of cell. They refuse plaintext and cells of another kind, and
-- the error that they raise prints no value. Tables share them: one that exists is left as it is.
";

const COLUMNS: &str = "\
-- For a new table put these lines into its CREATE TABLE. A table that holds rows takes NOT NULL columns only with
-- values in them. A NOT NULL violation prints the whole row: ciphertext, terms and the plain columns.
";

const INDEXES: &str = "\
-- The term comes first, so that lookups by the term alone use the index too. Terms are unique within a firm; those of
-- a global index among all firms.
";

const UNUSED_DOMAINS: &str = "
-- Domains go, unless other tables use them.
";

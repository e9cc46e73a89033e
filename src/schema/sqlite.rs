//! SQLite: columns with CHECKs, indexes, and what reads them back.

mod facts;
pub(super) mod guard;

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
    let mut sql = String::new();
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
        for index in table.indexes() {
            let _ = writeln!(sql, "DROP INDEX IF EXISTS {};", table.beside(&table.index_name(index)));
        }
        for column in table.stored().iter().rev() {
            let _ = writeln!(sql, "ALTER TABLE {} DROP COLUMN {};", table.quoted(), ident(column.name));
        }
    }
    sql
}

/// The statement that adds a column: in migrations, and the remedy where one is missing.
pub(super) fn add_column(table: &Table, column: &Stored) -> String {
    let name = ident(column.name);
    format!("ALTER TABLE {} ADD COLUMN {name} BLOB{}\n    {};", table.quoted(), column.not_null(), check(table, column))
}

/// The constraint that refuses plaintext and cells of another kind.
pub(super) fn check(table: &Table, column: &Stored) -> String {
    let constraint = column.check_name(&format!("{}_{}", table.name(), column.name));
    format!("CONSTRAINT {} CHECK ({})", ident(&constraint), shape(column))
}

fn shape(column: &Stored) -> String {
    let name = ident(column.name);
    let bytes = match column.content {
        Content::Cells(kind) => {
            format!("hex(substr({name}, 1, 1)) = '{:02X}' AND length({name}) >= {}", kind.byte(), kind.overhead())
        }
        Content::Terms => format!("length({name}) BETWEEN {} AND {}", TERM_LEN.start(), TERM_LEN.end()),
    };
    format!("{name} IS NULL OR typeof({name}) = 'blob' AND {bytes}")
}

/// The statement that makes an index: in migrations, and the remedy where one is missing.
pub(super) fn create_index(table: &Table, index: &IndexSchema) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let (name, key) = (table.beside(&table.index_name(index)), idents(table.index_key(index)));
    format!("CREATE {unique}INDEX {name} ON {} ({key});", ident(table.name()))
}

const COLUMNS: &str = "\
-- For a new table put the columns and their CHECKs into its CREATE TABLE. A table that holds rows takes no NOT NULL
-- column. A CHECK refuses plaintext and cells of another kind; its error names the constraint and no value.
";

const INDEXES: &str = "\
-- The term comes first, so that lookups by the term alone use the index too. Terms are unique within a firm; those of
-- a global index among all firms.
";

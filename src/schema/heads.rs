//! Key versions in stored bytes, read by the database.

use super::Backend;
use super::facts::Fact;
use super::sql::{ident, join, literal};
use super::table::{Content, Stored, Table};
use crate::context::FirmId;
use crate::envelope::leb128;

/// Whose keys a table's column is under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    /// The firm that the row names.
    Row,
    /// The service itself.
    Platform,
}

/// A column whose bytes begin with a key version.
pub(super) struct Headed {
    pub(super) name: &'static str,
    pub(super) holder: Holder,
    pub(super) of_terms: bool,
}

impl Table {
    /// The columns that hold key versions.
    pub(super) fn headed(&self) -> Vec<Headed> {
        let global = |stored: &Stored| self.indexes().any(|index| index.global && index.column == stored.name);
        let headed = |stored: Stored| Headed {
            name: stored.name,
            holder: if self.firm().is_none() || global(&stored) { Holder::Platform } else { Holder::Row },
            of_terms: stored.content == Content::Terms,
        };
        self.stored().into_iter().map(headed).collect()
    }
}

impl Headed {
    /// The key's purpose and holder, as the table of barred versions names them.
    pub(super) fn purpose(&self) -> &'static str {
        match (self.of_terms, self.holder) {
            (false, Holder::Row) => "data",
            (true, Holder::Row) => "index",
            (false, Holder::Platform) => "platform data",
            (true, Holder::Platform) => "platform index",
        }
    }

    /// The version's bytes in hex: SQL over the column, called `value` there.
    pub(super) fn version(&self, backend: Backend, value: &str) -> String {
        let start = if self.of_terms { 1 } else { 2 };
        let cut = |at: usize, len: usize| format!("substr({value}, {at}, {len})");
        let ends = |byte: String| match backend {
            Backend::Postgres => format!("{byte} < '\\x80'::bytea"),
            Backend::Sqlite => format!("{byte} < x'80'"),
        };
        let hex = |bytes: String| match backend {
            Backend::Postgres => format!("encode({bytes}, 'hex')"),
            Backend::Sqlite => format!("lower(hex({bytes}))"),
        };
        let arm = |n: usize| format!("WHEN {} THEN {}", ends(cut(start + n, 1)), hex(cut(start, n + 1)));
        format!("CASE {} ELSE '' END", join(0..leb128::MAX_LEN, " ", arm))
    }
}

/// The firm that a row names, as text; a UUID in 16 bytes in hex.
pub(super) fn firm_text(backend: Backend, column: &str) -> String {
    match backend {
        Backend::Postgres => format!("{column}::text"),
        Backend::Sqlite => {
            format!("CASE typeof({column}) WHEN 'blob' THEN lower(hex({column})) ELSE CAST({column} AS TEXT) END")
        }
    }
}

/// How [`firm_text`] writes a firm.
pub(super) fn spellings(firm: &FirmId) -> Vec<String> {
    match firm {
        FirmId::Platform => vec![String::new()],
        FirmId::Uuid(id) => vec![id.hyphenated().to_string(), id.simple().to_string()],
        FirmId::Int(id) => vec![id.to_string()],
        FirmId::Text(id) => vec![id.clone()],
    }
}

/// A query for the versions that a firm's cells and terms in a table name, one row a column and version; `None` where the
/// table holds nothing under the firm's keys.
pub(crate) fn census(table: &Table, backend: Backend, firm: &FirmId) -> Option<String> {
    let holder = if *firm == FirmId::Platform { Holder::Platform } else { Holder::Row };
    let columns = table.headed().into_iter().filter(|column| column.holder == holder);
    let rows = table.firm().filter(|_| holder == Holder::Row).map_or_else(String::new, |column| {
        let names = join(spellings(firm), ", ", |name| literal(&name));
        format!(" AND {} IN ({names})", firm_text(backend, &ident(column)))
    });
    let parts: Vec<_> = columns.map(|column| count(table, backend, &column, &rows)).collect();
    (!parts.is_empty()).then(|| parts.join("\nUNION ALL\n"))
}

/// A query that gives a row where the database shows this role only some of a table's rows (row-level security).
pub(crate) fn filtered(table: &Table, backend: Backend) -> Option<String> {
    (backend == Backend::Postgres).then(|| {
        format!(
            "SELECT 'filtered' AS kind, '' AS name, '' AS a, '' AS b, '' AS c, '' AS d WHERE row_security_active({})",
            literal(&table.quoted())
        )
    })
}

fn count(table: &Table, backend: Backend, column: &Headed, rows: &str) -> String {
    let (value, purpose, name) = (ident(column.name), literal(column.purpose()), literal(column.name));
    format!(
        "SELECT {purpose} AS kind, {name} AS name, version AS a, CAST(count(*) AS TEXT) AS b, '' AS c, '' AS d FROM (\
         SELECT {} AS version FROM {} WHERE {value} IS NOT NULL{rows}) AS heads GROUP BY version",
        column.version(backend, &value),
        table.quoted(),
    )
}

/// What one row of [`census`] says.
pub(crate) struct HeadFact {
    pub(crate) column: String,
    pub(crate) of_terms: bool,
    /// `None`: the bytes begin with no version.
    pub(crate) version: Option<u32>,
    pub(crate) rows: u64,
}

impl HeadFact {
    pub(crate) fn of(fact: Fact) -> Self {
        let bytes = hex::decode(&fact.a).unwrap_or_default();
        let version = leb128::read(&bytes).ok().filter(|(_, len)| *len == bytes.len());
        Self {
            column: fact.name,
            of_terms: fact.kind.ends_with("index"),
            version: version.map(|(version, _)| version),
            rows: fact.b.parse().unwrap_or(u64::MAX),
        }
    }
}

/// The bytes of a version in hex.
pub(super) fn hex_of(version: u32) -> String {
    let mut bytes = [0; leb128::MAX_LEN];
    let len = leb128::write(version, &mut bytes);
    hex::encode(&bytes[..len])
}

/// Kind and name of a transaction.
pub(crate) fn transaction(fact: Fact) -> (String, String) {
    (fact.kind, fact.name)
}

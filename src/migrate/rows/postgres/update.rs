//! The SQL that writes rows back: one UPDATE from arrays, by compare-and-set on key, firm and `xmin` (MIG-15).

use postgres_types::ToSql;

use super::select::text_of;
use super::{PairColumns, Table};
use crate::migrate::row::{PairChange, Plain, Row};
use crate::schema::sql::{ident, join};

/// Which columns an UPDATE sets, and whether in all of its rows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::migrate) struct Shape(pub(super) Vec<[Set; 3]>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Set {
    No,
    /// In every row.
    All,
    /// In some rows; the others keep their value.
    Some,
}

/// The columns of a pair, in the order of [`Shape`].
pub(super) const PARTS: [Part; 3] = [Part::Sealed, Part::Term, Part::Plain];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Sealed,
    Term,
    Plain,
}

/// Rows to be written, with what becomes of their pairs.
pub(in crate::migrate) struct Update<'a> {
    pub(super) table: &'a Table,
    rows: &'a [(&'a Row, &'a [PairChange])],
    pub(in crate::migrate) shape: Shape,
}

impl<'a> Update<'a> {
    pub(in crate::migrate) fn new(table: &'a Table, rows: &'a [(&'a Row, &'a [PairChange])]) -> Self {
        let pair = |i: usize| PARTS.map(|part| set_of(rows.iter().map(|(_, changes)| changes_part(&changes[i], part))));
        let shape = Shape((0..table.pairs.len()).map(pair).collect());
        Self { table, rows, shape }
    }

    /// Whether nothing is set.
    pub(in crate::migrate) fn is_empty(&self) -> bool {
        self.shape.0.iter().flatten().all(|set| *set == Set::No)
    }

    /// The statement, which returns the numbers of the rows that it wrote, from 1.
    pub(in crate::migrate) fn sql(&self) -> String {
        let (mut arrays, mut names, mut sets) = (Vec::new(), Vec::new(), Vec::new());
        let conditions = self.key_conditions(&mut arrays, &mut names);
        for (i, (columns, shape)) in self.table.pairs.iter().zip(&self.shape.0).enumerate() {
            for (part, set) in PARTS.into_iter().zip(shape) {
                let Some(column) = column_of(columns, part).filter(|_| *set != Set::No) else { continue };
                let name = format!("{}{i}", part.letter());
                sets.push(assignment(columns, part, &column, &name, *set));
                arrays.push(part.array(columns));
                names.push(name);
                if *set == Set::Some {
                    arrays.push("boolean[]");
                    names.push(format!("w{}{i}", part.letter()));
                }
            }
        }
        let arrays = join(arrays.iter().enumerate(), ", ", |(i, array)| format!("${}::{array}", i + 1));
        format!(
            "UPDATE {} AS t SET {} FROM unnest({arrays}) WITH ORDINALITY AS u ({}, n) WHERE {} RETURNING u.n",
            self.table.quoted,
            sets.join(", "),
            names.join(", "),
            conditions.join(" AND "),
        )
    }

    /// Locks the rows that nobody else holds, and returns their numbers: for a table on which somebody keeps a lock.
    pub(in crate::migrate) fn lock_sql(&self) -> String {
        let (mut arrays, mut names) = (Vec::new(), Vec::new());
        let conditions = self.key_conditions(&mut arrays, &mut names);
        let arrays = join(arrays.iter().enumerate(), ", ", |(i, array)| format!("${}::{array}", i + 1));
        format!(
            "SELECT u.n FROM {} AS t, unnest({arrays}) WITH ORDINALITY AS u ({}, n) WHERE {} FOR NO KEY UPDATE OF t SKIP LOCKED",
            self.table.quoted,
            names.join(", "),
            conditions.join(" AND "),
        )
    }

    pub(super) fn key_conditions(&self, arrays: &mut Vec<&'static str>, names: &mut Vec<String>) -> Vec<String> {
        let mut conditions = Vec::new();
        for (i, key) in self.table.id.iter().enumerate() {
            arrays.push("text[]");
            names.push(format!("k{i}"));
            conditions.push(format!("t.{} = u.k{i}::{}", ident(&key.name), key.cast));
        }
        arrays.push("int4[]");
        names.push("x".to_owned());
        conditions.push("t.xmin = u.x".to_owned());
        if let Some(firm) = &self.table.firm {
            arrays.push("text[]");
            names.push("f".to_owned());
            conditions.push(format!("t.{} = u.f::{}", ident(&firm.name), firm.cast));
        }
        conditions
    }

    /// The arrays of [`lock_sql`](Self::lock_sql), with which those of [`sql`](Self::sql) begin.
    pub(in crate::migrate) fn key_arrays(&self) -> Vec<Box<dyn ToSql + Sync + Send + 'a>> {
        let keys: Vec<Vec<String>> = self.rows.iter().map(|(row, _)| row.id.to_texts()).collect();
        let mut arrays: Vec<Box<dyn ToSql + Sync + Send + 'a>> = Vec::new();
        for i in 0..self.table.id.len() {
            arrays.push(Box::new(keys.iter().map(|key| key[i].clone()).collect::<Vec<_>>()));
        }
        let versions: Vec<i32> = self.rows.iter().map(|(row, _)| row.version.cast_signed()).collect();
        arrays.push(Box::new(versions));
        if self.table.firm.is_some() {
            arrays.push(Box::new(self.rows.iter().map(|(row, _)| text_of(&row.firm)).collect::<Vec<_>>()));
        }
        arrays
    }

    /// The arrays of [`sql`](Self::sql).
    pub(in crate::migrate) fn arrays(&self) -> Vec<Box<dyn ToSql + Sync + Send + 'a>> {
        let mut arrays = self.key_arrays();
        for (i, (columns, shape)) in self.table.pairs.iter().zip(&self.shape.0).enumerate() {
            for (part, set) in PARTS.into_iter().zip(shape) {
                if *set == Set::No || column_of(columns, part).is_none() {
                    continue;
                }
                arrays.push(self.values(i, part, part == Part::Plain && !is_bytes(columns)));
                if *set == Set::Some {
                    let sets = self.rows.iter().map(|(_, changes)| changes_part(&changes[i], part).is_some());
                    arrays.push(Box::new(sets.collect::<Vec<_>>()));
                }
            }
        }
        arrays
    }

    fn values(&self, pair: usize, part: Part, as_text: bool) -> Box<dyn ToSql + Sync + Send + 'a> {
        let values = self.rows.iter().map(|(_, changes)| changes_part(&changes[pair], part).flatten());
        if as_text {
            return Box::new(
                values.map(|value| value.and_then(|bytes| std::str::from_utf8(bytes).ok())).collect::<Vec<_>>(),
            );
        }
        Box::new(values.collect::<Vec<_>>())
    }
}

impl Part {
    pub(super) fn letter(self) -> char {
        match self {
            Self::Sealed => 's',
            Self::Term => 'i',
            Self::Plain => 'p',
        }
    }

    pub(super) fn array(self, columns: &PairColumns) -> &'static str {
        if self == Self::Plain && !is_bytes(columns) { "text[]" } else { "bytea[]" }
    }
}

fn is_bytes(columns: &PairColumns) -> bool {
    columns.plain.as_ref().is_some_and(|plain| plain.bytes)
}

pub(super) fn column_of(columns: &PairColumns, part: Part) -> Option<String> {
    match part {
        Part::Sealed => Some(columns.sealed.clone()),
        Part::Term => columns.term.clone(),
        Part::Plain => columns.plain.as_ref().map(|plain| plain.name.clone()),
    }
}

fn assignment(columns: &PairColumns, part: Part, column: &str, name: &str, set: Set) -> String {
    let value = match (&columns.plain, part) {
        (Some(plain), Part::Plain) => format!("u.{name}::{}", plain.cast),
        _ => format!("u.{name}"),
    };
    let column = ident(column);
    match set {
        Set::Some => format!("{column} = CASE WHEN u.w{name} THEN {value} ELSE t.{column} END"),
        _ => format!("{column} = {value}"),
    }
}

/// What a change makes of a column: `None`: nothing; `Some(None)`: NULL.
#[allow(clippy::option_option, reason = "nothing and NULL are two things")]
fn changes_part(change: &PairChange, part: Part) -> Option<Option<&[u8]>> {
    match (change, part) {
        (PairChange::Seal { sealed, .. }, Part::Sealed) => Some(sealed.as_deref()),
        (PairChange::Seal { term, .. } | PairChange::Term { term }, Part::Term) => Some(term.as_deref()),
        (PairChange::Unseal { plain }, Part::Plain) => Some(plain.as_ref().map(bytes_of)),
        _ => None,
    }
}

fn bytes_of(plain: &Plain) -> &[u8] {
    match plain {
        Plain::Text(text) => text.as_bytes(),
        Plain::Bytes(bytes) => bytes,
    }
}

fn set_of<'a>(parts: impl Iterator<Item = Option<Option<&'a [u8]>>>) -> Set {
    let (mut any, mut all) = (false, true);
    for part in parts {
        any |= part.is_some();
        all &= part.is_some();
    }
    match (any, all) {
        (false, _) => Set::No,
        (true, true) => Set::All,
        (true, false) => Set::Some,
    }
}

//! The SQL that copies rows into another table, with cells in the place of what has none.

use super::update::{PARTS, Set, Update, column_of};
use super::{Bounds, Table};
use crate::schema::sql::{ident, join};

/// A table that is to take another's place, and the columns that it has of it.
#[derive(Debug, Clone)]
pub(in crate::migrate) struct Shadow {
    pub(in crate::migrate) quoted: String,
    pub(in crate::migrate) columns: Vec<String>,
}

impl Update<'_> {
    /// Copies all rows between these keys, those of the update with what becomes of them. It takes the arrays of
    /// [`sql`](Self::sql), then the texts given here, and returns how many rows were copied.
    pub(in crate::migrate) fn copy_sql(&self, shadow: &Shadow, bounds: Bounds<'_>) -> (String, Vec<String>) {
        let (mut arrays, mut names) = (Vec::new(), Vec::new());
        let mut on = self.key_conditions(&mut arrays, &mut names);
        on.push("u.n IS NOT NULL".to_owned());
        let values = self.values_of(&mut arrays, &mut names);
        let (columns, texts) =
            (join(&shadow.columns, ", ", |column| ident(column)), self.between(arrays.len(), bounds));
        let of_column = |column: &String| match values.iter().find(|(name, _)| name == column) {
            Some((_, value)) => value.clone(),
            None => format!("t.{}", ident(column)),
        };
        let selected = join(&shadow.columns, ", ", of_column);
        let arrays = join(arrays.iter().enumerate(), ", ", |(i, array)| format!("${}::{array}", i + 1));
        let sql = format!(
            "WITH copied AS (INSERT INTO {} ({columns}) SELECT {selected} FROM {} AS t LEFT JOIN unnest({arrays}) WITH ORDINALITY \
             AS u ({}, n) ON {} WHERE {} RETURNING 1) SELECT count(*) FROM copied",
            shadow.quoted,
            self.table.quoted,
            names.join(", "),
            on.join(" AND "),
            texts.0,
        );
        (sql, texts.1)
    }

    /// The columns that are set, and their values; the arrays that hold them follow those of the key.
    fn values_of(&self, arrays: &mut Vec<&'static str>, names: &mut Vec<String>) -> Vec<(String, String)> {
        let mut values = Vec::new();
        for (i, (columns, shape)) in self.table.pairs.iter().zip(&self.shape.0).enumerate() {
            for (part, set) in PARTS.into_iter().zip(shape) {
                let Some(column) = column_of(columns, part).filter(|_| *set != Set::No) else { continue };
                let name = format!("{}{i}", part.letter());
                let set_here =
                    if *set == Set::Some { format!("u.n IS NULL OR NOT u.w{name}") } else { "u.n IS NULL".to_owned() };
                let value = format!("CASE WHEN {set_here} THEN t.{}::bytea ELSE u.{name} END", ident(&column));
                values.push((column, value));
                arrays.push(part.array(columns));
                names.push(name.clone());
                if *set == Set::Some {
                    arrays.push("boolean[]");
                    names.push(format!("w{name}"));
                }
            }
        }
        values
    }

    fn between(&self, before: usize, bounds: Bounds<'_>) -> (String, Vec<String>) {
        let (mut conditions, mut texts) = (vec!["true".to_owned()], Vec::new());
        for (sign, key) in [(">", bounds.after), ("<=", bounds.upto)] {
            if let Some(key) = key {
                conditions.push(Table::compared(self.table, sign, before + texts.len()));
                texts.extend(key.iter().cloned());
            }
        }
        (conditions.join(" AND "), texts)
    }
}

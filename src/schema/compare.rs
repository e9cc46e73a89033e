//! Facts of a live table against what its models need. Pure: no connection, no SQL.

mod guard;
mod place;
#[cfg(test)]
mod tests;

use super::difference::Difference;
use super::facts::{Fact, SEPARATOR};
use super::table::{Stored, Table};
use super::{Backend, postgres, sqlite};
use crate::model::IndexSchema;

/// What is different, in the order of the models.
pub(super) fn compare(table: &Table, backend: Backend, facts: &[Fact]) -> Vec<Difference> {
    let comparison = Comparison { table, backend, facts };
    if let Some(difference) = comparison.table() {
        return vec![difference];
    }
    let mut differences = comparison.places();
    differences.extend(table.stored().iter().filter_map(|column| comparison.column(column)));
    differences.extend(table.legacy().filter_map(|column| comparison.legacy(column)));
    differences.extend(table.indexes().filter_map(|index| comparison.index(index)));
    differences.extend(comparison.guard());
    differences
}

struct Comparison<'a> {
    table: &'a Table,
    backend: Backend,
    facts: &'a [Fact],
}

impl Comparison<'_> {
    fn table(&self) -> Option<Difference> {
        let remedy = "create it, with the columns that `fieldseal::schema::migration` prints";
        let found = match Fact::find(self.facts, "table", "") {
            Some(fact) if matches!(&*fact.a, "r" | "p") => return None,
            Some(_) => "something else of that name",
            None => "none",
        };
        Some(self.difference(None, "a table", found, remedy))
    }

    fn column(&self, column: &Stored) -> Option<Difference> {
        let differs = |expected: String, found: &str, remedy: String| {
            Some(self.difference(Some(column.name), expected, found, remedy))
        };
        let Some(fact) = Fact::find(self.facts, "column", column.name) else {
            let expected = format!("a column of type {}", self.type_of(column));
            return differs(expected, "none", self.add_column(column));
        };
        if fact.a != self.type_of(column) {
            return differs(format!("type {}", self.type_of(column)), &format!("type {}", fact.a), self.retype(column));
        }
        let nullability = if column.nullable { "NULL" } else { "NOT NULL" };
        if fact.b != nullability {
            return differs(nullability.to_owned(), &fact.b, self.set_nullability(column));
        }
        self.check(column, fact)
    }

    /// Whether a legacy column is there, and takes NULL: from `fenced` on nothing else is written.
    fn legacy(&self, column: &'static str) -> Option<Difference> {
        let expected = "the legacy column of a model in transit";
        match Fact::find(self.facts, "column", column) {
            None => {
                let remedy = "take `legacy` off the model's field, if contract has dropped the column";
                Some(self.difference(Some(column), expected, "none", remedy))
            }
            Some(fact) if fact.b == "NOT NULL" => {
                let remedy = "run the migration's step `expand`, which drops NOT NULL";
                Some(self.difference(Some(column), expected.to_owned() + ", which can be NULL", "NOT NULL", remedy))
            }
            Some(_) => None,
        }
    }

    /// Whether anything refuses plaintext: the domain's CHECK, or the table's.
    fn check(&self, column: &Stored, fact: &Fact) -> Option<Difference> {
        let (there, owner) = match self.backend {
            Backend::Postgres => {
                let name = column.check_name(&column.domain());
                (fact.c.split(SEPARATOR).any(|check| check == name), format!("domain {}", column.domain()))
            }
            Backend::Sqlite => {
                let sql =
                    Fact::find(self.facts, "table", "").map_or(String::new(), |table| super::sql::squeeze(&table.c));
                (sql.contains(&super::sql::squeeze(&sqlite::check(self.table, column))), "table".to_owned())
            }
        };
        let remedy = format!("give the {owner} the CHECK that `fieldseal::schema::migration` prints, and validate it");
        (!there).then(|| self.difference(Some(column.name), "a valid CHECK of its cells", "none", remedy))
    }

    fn index(&self, index: &IndexSchema) -> Option<Difference> {
        let key = self.table.index_key(index);
        let usable: Vec<_> = Fact::of_kind(self.facts, "index").filter(|fact| fact.c == "usable").collect();
        let leading = usable.iter().any(|fact| columns(fact).first() == Some(&index.column));
        let unique = usable.iter().any(|fact| fact.b == "unique" && same_set(&columns(fact), &key));
        if leading && (unique || !index.unique) {
            return None;
        }
        let expected = match index.unique {
            true => format!("a unique index on ({})", key.join(", ")),
            false => format!("an index that begins with {}", index.column),
        };
        let remedy = match self.backend {
            Backend::Postgres => postgres::create_index(self.table, index),
            Backend::Sqlite => sqlite::create_index(self.table, index),
        };
        Some(self.difference(Some(index.column), expected, &self.found_indexes(index), remedy))
    }

    fn found_indexes(&self, index: &IndexSchema) -> String {
        let on_term = |fact: &&Fact| columns(fact).contains(&index.column);
        let found = Fact::of_kind(self.facts, "index")
            .filter(on_term)
            .map(|fact| format!("{} on ({}), {}, {}", fact.name, columns(fact).join(", "), fact.b, fact.c));
        match found.collect::<Vec<_>>().join(" and ") {
            none if none.is_empty() => "none".to_owned(),
            found => found,
        }
    }

    fn difference(
        &self,
        column: Option<&'static str>,
        expected: impl Into<String>,
        found: &str,
        remedy: impl Into<String>,
    ) -> Difference {
        let (expected, found, remedy) = (expected.into(), found.to_owned(), remedy.into());
        Difference { table: self.table.full_name, column, expected, found, remedy }
    }

    fn type_of(&self, column: &Stored) -> String {
        match self.backend {
            Backend::Postgres => column.domain(),
            Backend::Sqlite => "BLOB".to_owned(),
        }
    }

    fn add_column(&self, column: &Stored) -> String {
        match self.backend {
            Backend::Postgres => postgres::add_column(self.table, column),
            Backend::Sqlite => super::sql::squeeze(&sqlite::add_column(self.table, column)),
        }
    }

    fn retype(&self, column: &Stored) -> String {
        match self.backend {
            Backend::Postgres => format!(
                "drop the guard, ALTER TABLE {} ALTER COLUMN {} TYPE {} (if it holds no plaintext), and make the guard again",
                self.table.quoted(),
                super::sql::ident(column.name),
                super::sql::ident(&column.domain())
            ),
            Backend::Sqlite => "make the table anew with a BLOB column; it must not hold plaintext".to_owned(),
        }
    }

    fn set_nullability(&self, column: &Stored) -> String {
        let verb = if column.nullable { "DROP" } else { "SET" };
        let name = super::sql::ident(column.name);
        match self.backend {
            Backend::Postgres => format!("ALTER TABLE {} ALTER COLUMN {name} {verb} NOT NULL", self.table.quoted()),
            Backend::Sqlite => {
                format!("make the table anew with {name} BLOB{}, or change the model", column.not_null())
            }
        }
    }
}

fn columns(index: &Fact) -> Vec<&str> {
    index.a.split(SEPARATOR).collect()
}

fn same_set(a: &[&str], b: &[&str]) -> bool {
    a.len() == b.len() && a.iter().all(|name| b.contains(name))
}

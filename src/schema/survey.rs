//! A check of all tables, one query each, whoever runs the queries.

use super::compare::compare;
use super::difference::Difference;
use super::facts::Fact;
use super::table::Table;
use super::{Backend, SchemaError, postgres, sqlite};
use crate::model::ModelSchema;

/// Asks for one table after another: [`query`](Self::query), then [`answer`](Self::answer), until no query is left.
pub(crate) struct Survey {
    backend: Backend,
    /// Those that are left, the next one last.
    tables: Vec<Table>,
    differences: Vec<Difference>,
}

impl Survey {
    pub(crate) fn new(models: &[&ModelSchema], backend: Backend) -> Result<Self, SchemaError> {
        let mut tables = Table::all(models)?;
        tables.reverse();
        Ok(Self { backend, tables, differences: Vec::new() })
    }

    pub(crate) fn query(&self) -> Option<String> {
        self.tables.last().map(|table| facts_query(table, self.backend))
    }

    pub(crate) fn answer(&mut self, facts: Vec<Fact>) {
        if let Some(table) = self.tables.pop() {
            self.differences.extend(compare(&table, self.backend, &facts));
        }
    }

    pub(crate) fn finish(self) -> Result<(), SchemaError> {
        match self.differences {
            none if none.is_empty() => Ok(()),
            differences => Err(SchemaError::Differs(differences)),
        }
    }
}

/// A query for a table's facts.
pub(crate) fn facts_query(table: &Table, backend: Backend) -> String {
    match backend {
        Backend::Postgres => postgres::query(table),
        Backend::Sqlite => sqlite::query(table),
    }
}

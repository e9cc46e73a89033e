//! Where plaintext still lies after a contract (spec/migration.md, Residue).

mod look;

use std::fmt;

use serde::Serialize;

use super::job::Job;
use super::state::rows;
use super::steps::{StepError, were_legacy};
use crate::schema::Table;
use crate::schema::sql::ident;

/// Where a table's plaintext may still lie, and what removes it from each place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Residue {
    /// The job.
    pub job: String,
    /// The table.
    pub table: String,
    /// Its legacy columns, dropped, emptied, or not yet either.
    pub columns: Vec<String>,
    /// Each place. What lies outside of the database (backups, exports, logs that were shipped) nobody can see from here.
    pub traces: Vec<Trace>,
}

/// One place where plaintext may lie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Trace {
    /// Stable, for programs.
    pub code: &'static str,
    /// What lies where.
    pub said: String,
    /// The command or the act that removes it.
    pub remove: String,
}

impl Residue {
    /// Whether the table's own files, statistics and indexes are free of plaintext. WAL, replicas and logs have times of their
    /// own.
    #[must_use]
    pub fn is_gone_from_the_table(&self) -> bool {
        const ELSEWHERE: [&str; 5] = ["wal", "archive", "slot", "standby", "log_statement"];
        self.traces.iter().all(|trace| ELSEWHERE.contains(&trace.code))
    }
}

impl fmt::Display for Residue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: plaintext of {}", self.table, self.columns.join(", "))?;
        for trace in &self.traces {
            writeln!(f, "- {}\n  remove: {}", trace.said, trace.remove)?;
        }
        if self.traces.is_empty() { writeln!(f, "nothing is left that this database knows of") } else { Ok(()) }
    }
}

impl Job {
    /// Where plaintext of the legacy columns may still lie: in the table's files, statistics, indexes, views, WAL, slots, standbys
    /// and logs, each with what removes it. Nothing is changed.
    ///
    /// # Errors
    /// [`StepError`]; [`StepError::NotBegun`].
    pub async fn residue(&self) -> Result<Residue, StepError> {
        let client = self.postgres().connect().await?;
        let begun = StepError::NotBegun { job: self.name().to_owned() };
        let there = "SELECT to_regclass('fieldseal_migrate.job') IS NOT NULL";
        if !client.query_one(there, &[]).await?.get::<_, bool>(0) {
            return Err(begun);
        }
        let row = rows::find(&client, self.name()).await?.ok_or(begun)?;
        let columns = were_legacy(&row.spec);
        let table = Table::all(&[self.subject().model()])?.pop();
        let table = table.map_or_else(|| ident(self.subject().table()), |table| table.quoted());
        let emptied = rows::newest(&client, row.id, "emptied").await?;
        let traces = look::traces(&client, &table, &columns, emptied.as_deref()).await?;
        Ok(Residue { job: self.name().to_owned(), table: self.subject().table().to_owned(), columns, traces })
    }
}

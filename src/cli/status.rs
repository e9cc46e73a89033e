//! Which columns are sealed, under which keys, by which processes.

mod page;

use std::collections::BTreeMap;

use serde::Serialize;

use super::args::Status;
use super::failure::{Exit, Failure};
use super::keys::{firm_of, time};
use super::output::{self, Output};
use super::service::{self, Service};
use crate::admin::{Census, FirmKeys, KeyAdmin, Rows};
use crate::context::FirmId;
use crate::keys::{KeyError, KeyState, Purpose};

/// All that is known now.
#[derive(Debug, Default, Serialize)]
pub(super) struct Overview {
    taken: u64,
    firms: u64,
    shredded: u64,
    columns: Vec<ColumnView>,
    migrations: Vec<MigrationView>,
    processes: usize,
    behind: usize,
}

/// What lies in a column, over all firms that were looked at.
#[derive(Debug, Clone, Serialize)]
struct ColumnView {
    table: String,
    column: String,
    /// `cells` or `terms`.
    what: &'static str,
    rows: u64,
    /// Rows under their firm's active key.
    current: u64,
    /// Rows under an older key that opens without a word.
    older: u64,
    /// Rows under a retired key.
    retired: u64,
    /// When the oldest key that a row names was made: Unix seconds.
    oldest_key: Option<u64>,
}

#[derive(Debug, Serialize)]
struct MigrationView {
    job: String,
    table: String,
    columns: Vec<String>,
    phase: &'static str,
    rollbacks: usize,
}

pub(super) async fn run(what: &Status, service: &Service, output: &Output) -> Result<Exit, Failure> {
    let overview = overview(what, service).await?;
    if let Some(path) = &what.html {
        let written = std::fs::write(path, page::of(&overview));
        written.map_err(|error| Failure::failed("cli.file", format!("{}: {error}", path.display())))?;
        output.step(&format!("{} was written", path.display()));
    }
    output.result(&overview, overview.text())?;
    let retired = overview.columns.iter().any(|column| column.retired > 0);
    Ok(if retired { Exit::Found } else { Exit::Done })
}

async fn overview(what: &Status, service: &Service) -> Result<Overview, Failure> {
    let admin = service.vault.admin();
    let processes = admin.processes().await?;
    let mut overview = Overview {
        taken: crate::clock::Clock::unix_seconds(&crate::clock::SystemClock),
        migrations: migrations(&admin).await?,
        // This one is none of the service's.
        processes: processes.iter().filter(|process| process.pid != std::process::id()).count(),
        behind: processes.iter().filter(|process| process.is_behind()).count(),
        ..Overview::default()
    };
    let mut databases = service.databases().await?;
    let mut columns = BTreeMap::new();
    // Without a database or a model there is nothing to be counted but firms.
    let mut rows = if service.models.is_empty() { None } else { service::rows(&mut databases).ok() };
    match &what.firm {
        Some(firm) => overview.look_at(&admin, firm_of(firm)?, &mut rows, &mut columns).await?,
        None => {
            let mut last = None;
            loop {
                let page = admin.firms(last.as_ref(), PAGE).await?;
                let Some(end) = page.last().cloned() else { break };
                for firm in page {
                    overview.look_at(&admin, firm, &mut rows, &mut columns).await?;
                }
                last = Some(end);
            }
        }
    }
    overview.columns = columns.into_values().collect();
    Ok(overview)
}

async fn migrations(admin: &KeyAdmin) -> Result<Vec<MigrationView>, KeyError> {
    let view = |job: crate::keys::JobPhase| MigrationView {
        phase: job.phase.as_str(),
        rollbacks: job.rollbacks.len(),
        job: job.job,
        table: job.table,
        columns: job.columns,
    };
    Ok(admin.phases().await?.into_iter().map(view).collect())
}

/// By table, column and whether terms are counted.
type Columns = BTreeMap<(String, String, bool), ColumnView>;

impl Overview {
    async fn look_at(
        &mut self,
        admin: &KeyAdmin,
        firm: FirmId,
        rows: &mut Option<Rows<'_>>,
        columns: &mut Columns,
    ) -> Result<(), Failure> {
        let keys = match admin.keys(firm.clone()).await {
            Ok(keys) => keys,
            Err(KeyError::Shredded { .. }) => {
                self.shredded += 1;
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        self.firms += 1;
        if let Some(rows) = rows {
            add(columns, &keys, &admin.census(firm, rows).await?);
        }
        Ok(())
    }

    fn text(&self) -> String {
        let mut text = format!(
            "{} firms, {} shredded; {} processes hold keys, {} have changes to apply\n",
            self.firms, self.shredded, self.processes, self.behind
        );
        for MigrationView { job, table, columns, phase, .. } in &self.migrations {
            text += &format!("migration {job}: {table} ({}) is {phase}\n", columns.join(", "));
        }
        let row = |column: &ColumnView| {
            vec![
                format!("{}.{}", column.table, column.column),
                column.what.to_owned(),
                column.rows.to_string(),
                column.current.to_string(),
                column.older.to_string(),
                column.retired.to_string(),
                column.oldest_key.map(time).unwrap_or_default(),
            ]
        };
        let rows: Vec<_> = self.columns.iter().map(row).collect();
        let headings = ["column", "holds", "rows", "active key", "older", "retired", "oldest key made"];
        if rows.is_empty() { text } else { text + "\n" + &output::table(&headings, &rows) }
    }
}

fn add(columns: &mut Columns, keys: &FirmKeys, census: &Census) {
    for count in &census.counts {
        let of_terms = count.purpose == Purpose::Index;
        let key = (count.table.to_owned(), count.column.clone(), of_terms);
        let column = columns.entry(key).or_insert_with(|| ColumnView {
            table: count.table.to_owned(),
            column: count.column.clone(),
            what: if of_terms { "terms" } else { "cells" },
            rows: 0,
            current: 0,
            older: 0,
            retired: 0,
            oldest_key: None,
        });
        let version = keys.versions.iter().find(|v| (v.purpose, v.version) == (count.purpose, count.version));
        column.rows += count.rows;
        match version.map(|version| version.state) {
            Some(KeyState::Active) => column.current += count.rows,
            Some(KeyState::Retired | KeyState::Destroyed) => column.retired += count.rows,
            _ => column.older += count.rows,
        }
        let made = version.map(|version| version.created);
        column.oldest_key = [column.oldest_key, made].into_iter().flatten().min();
    }
}

/// Firms read at once.
const PAGE: usize = 500;

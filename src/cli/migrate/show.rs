//! What people read of a migration.

use super::{job, name_of};
use crate::cli::args::Migrate;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::{self, Output};
use crate::cli::service::Service;
use crate::migrate::{Job, PassReport, Progress, RolledBack, RunEvent, Status, VerifyReport};

/// The part of the plan that a step is.
pub(super) async fn dry_run(what: &Migrate, service: &Service, output: &Output) -> Result<Exit, Failure> {
    let Some((name, on)) = name_of(what) else {
        return Err(Failure::refused(
            "cli.no_dry_run",
            "this has no dry run: nothing was done; `fieldseal plan` shows all steps",
        ));
    };
    let mut plan = job(on, service)?.plan().await?;
    plan.steps.retain(|step| step.name == name);
    output.result(&plan, &plan)?;
    Ok(if plan.obstacles.is_empty() { Exit::Done } else { Exit::Found })
}

pub(super) fn rolled_back(to: RolledBack) -> &'static str {
    match to {
        RolledBack::ToValidated => "validated",
        RolledBack::ToFenced => "fenced",
        RolledBack::ToDualWrite => "dual-write",
        RolledBack::ToExpanded => "expanded",
        RolledBack::ToNothing => "nothing: the sealed columns are gone",
    }
}

pub(super) async fn status(job: &Job, output: &Output) -> Result<Exit, Failure> {
    let status = job.status().await?;
    output.result(&status, status_text(&status))?;
    Ok(if status.quarantine.is_empty() { Exit::Done } else { Exit::Found })
}

fn status_text(status: &Status) -> String {
    let mut text = format!("{} on {}: at {}, {}\n", status.job, status.table, status.step, status.state);
    if let Some(work) = &status.work {
        let end = if status.ended { "ended" } else { "under way" };
        text += &format!(
            "pass {} ({work}, {end}): {} of {} ranges, {} workers; {} rows read, {} written, {} unchanged, {} left\n",
            status.pass,
            status.ranges_done,
            status.ranges,
            status.workers,
            status.read,
            status.written,
            status.unchanged,
            status.left
        );
    }
    for (reason, rows) in &status.quarantine {
        text += &format!("in quarantine: {rows} rows, {reason}\n");
    }
    text
}

pub(super) async fn quarantine(job: &Job, limit: u32, output: &Output) -> Result<Exit, Failure> {
    let rows = job.quarantined(limit).await?;
    let line = |row: &crate::migrate::Quarantined| {
        vec![row.row_key.join(", "), row.column.clone(), row.firm.clone(), row.reason.clone()]
    };
    let lines: Vec<_> = rows.iter().map(line).collect();
    let text =
        if rows.is_empty() { "none".to_owned() } else { output::table(&["row", "column", "firm", "reason"], &lines) };
    output.result(&rows, text)?;
    Ok(if rows.is_empty() { Exit::Done } else { Exit::Found })
}

pub(super) fn report(report: &VerifyReport) -> String {
    let mut text =
        format!("{}: {} rows looked at, {} wrong, {} left\n", report.table, report.rows, report.wrong, report.left);
    let row = |column: &crate::migrate::ColumnReport| {
        let versions: Vec<String> =
            column.versions.iter().map(|(version, rows)| format!("{version}: {rows}")).collect();
        vec![
            column.column.clone(),
            column.empty.to_string(),
            column.unsealed.to_string(),
            column.both.to_string(),
            column.sealed.to_string(),
            versions.join(", "),
        ]
    };
    let rows: Vec<_> = report.columns.iter().map(row).collect();
    text += &output::table(&["column", "empty", "plaintext only", "both", "cell only", "by key version"], &rows);
    let verdict =
        if report.is_clean() { "\nclean" } else { "\nNOT clean: see `migrate quarantine`, mend, and run again" };
    text + verdict
}

pub(super) fn pass(report: &PassReport) -> String {
    let mut text = format!(
        "pass {}: {} rows read, {} written, {} unchanged",
        report.pass, report.read, report.written, report.unchanged
    );
    if report.left > 0 {
        text += &format!("\n{} rows were locked or kept changing: run it again", report.left);
    }
    if report.quarantined > 0 {
        text += &format!("\n{} rows are in quarantine: see `migrate quarantine`", report.quarantined);
    }
    text
}

/// The part that is done, from 0 to 1.
pub(super) fn part(progress: &Progress) -> f64 {
    let rows = if progress.estimate > 0.0 { progress.read as f64 / progress.estimate } else { 0.0 };
    let ranges = progress.ranges_done as f64 / progress.ranges.max(1) as f64;
    rows.max(ranges).clamp(0.0, 1.0)
}

pub(super) fn progress(progress: &Progress) -> String {
    let mut text = format!("{} rows, {:.0} a second", progress.read, progress.rate);
    if let Some(eta) = progress.eta {
        text += &format!(", {} left", duration(eta));
    }
    if progress.quarantined > 0 {
        text += &format!(", {} in quarantine", progress.quarantined);
    }
    if let Some(by) = progress.slowed_by {
        let by = serde_json::to_value(by).ok().and_then(|by| by.as_str().map(str::to_owned)).unwrap_or_default();
        text += &format!(", slowed by {by}");
    }
    text
}

fn duration(seconds: f64) -> String {
    let seconds = seconds.max(0.0) as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

/// What is worth a line of its own.
pub(super) fn event(event: &RunEvent) -> Option<String> {
    Some(match event {
        RunEvent::Pass { pass, ranges, joined } => {
            let began = if *joined { "joined" } else { "began" };
            format!("{began} pass {pass} over {ranges} ranges")
        }
        RunEvent::Retry { doing, code, after_ms } => format!("{doing} failed ({code}); again in {after_ms} ms"),
        RunEvent::Range { number, taken_over: true } => {
            format!("took over range {number} from a worker that stands still")
        }
        RunEvent::Paused => "paused by an operator".to_owned(),
        RunEvent::Resumed => "goes on".to_owned(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_two_units() {
        assert_eq!([4.0, 64.0, 7384.0].map(duration), ["4 s", "1 min 4 s", "2 h 3 min"]);
    }

    #[test]
    fn what_is_done_never_goes_beyond_all() {
        let of = |read, estimate, done| {
            part(&Progress { read, estimate, ranges: 4, ranges_done: done, ..Progress::default() })
        };
        assert_eq!([of(5, 10.0, 0), of(20, 10.0, 1), of(0, 0.0, 1), of(0, -1.0, 0)], [0.5, 1.0, 0.25, 0.0]);
    }
}

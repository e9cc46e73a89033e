//! Passes over a table, and what is told while they run.

use std::io::IsTerminal;
use std::pin::pin;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::show;
use crate::cli::args::Run;
use crate::cli::failure::{Exit, Failure};
use crate::cli::keys::firm_of;
use crate::cli::output::{Output, json};
use crate::migrate::{Job, PassReport, Patience, Progress, RunEvent, RunOptions, Stop};

pub(super) async fn run(job: &Job, run: &Run, output: &Output) -> Result<Exit, Failure> {
    let (options, teller) = options(run, *output)?;
    let report = job.run(options).await;
    teller.clear();
    told(&report?, output)
}

pub(super) async fn retry(job: &Job, run: &Run, output: &Output) -> Result<Exit, Failure> {
    let (options, teller) = options(run, *output)?;
    let report = job.retry_quarantined(options).await;
    teller.clear();
    told(&report?, output)
}

pub(super) async fn rewrite(job: &Job, run: &Run, patience: Patience, output: &Output) -> Result<Exit, Failure> {
    let (options, teller) = options(run, *output)?;
    let report = job.rewrite(options, patience).await;
    teller.clear();
    told(&report?, output)
}

pub(super) async fn contract(job: &Job, patience: Patience, output: &Output) -> Result<Exit, Failure> {
    let teller = Teller::new(*output);
    let telling = teller.clone();
    let options = RunOptions::new().until(&signalled()?).telling(move |event| telling.tell(event));
    let report = job.contract_by_rewrite(options, patience).await;
    teller.clear();
    report?;
    output.result(&serde_json::json!({ "reached": "contracted" }), "contracted")?;
    Ok(Exit::Done)
}

fn told(report: &PassReport, output: &Output) -> Result<Exit, Failure> {
    output.result(&serde_json::json!({ "event": "report", "report": report }), show::pass(report))?;
    Ok(if report.quarantined == 0 { Exit::Done } else { Exit::Found })
}

/// The report alone is printed on standard output: it is what is kept.
pub(super) async fn verify(job: &Job, run: &Run, output: &Output) -> Result<Exit, Failure> {
    let (options, teller) = options(run, Output::new(false))?;
    let report = job.verify(options).await;
    teller.clear();
    let report = report?;
    if output.is_json() {
        output.line(&report.to_json())?;
    } else {
        output.line(&show::report(&report))?;
    }
    Ok(if report.is_clean() { Exit::Done } else { Exit::Found })
}

fn options(run: &Run, output: Output) -> Result<(RunOptions, Teller), Failure> {
    let teller = Teller::new(output);
    let telling = teller.clone();
    let mut options = RunOptions::new()
        .workers(run.workers)
        .chunk(run.chunk)
        .quarantine_limit(run.quarantine_limit)
        .until(&signalled()?)
        .telling(move |event| telling.tell(event));
    if let Some(throttle) = run.rates.throttle() {
        options = options.throttle(throttle);
    }
    if let Some(firm) = &run.firm {
        options = options.firm(firm_of(firm)?);
    }
    if let Some(version) = run.below {
        options = options.below(version);
    }
    Ok((options, teller))
}

/// Stops the pass at the first SIGINT or SIGTERM; a SIGINT after it ends the process, which harms nothing either.
fn signalled() -> Result<Stop, Failure> {
    let stop = Stop::new();
    let (stopping, terminated) = (stop.clone(), terminated()?);
    tokio::spawn(async move {
        futures_util::future::select(pin!(tokio::signal::ctrl_c()), pin!(terminated)).await;
        stopping.stop();
        if tokio::signal::ctrl_c().await.is_ok() {
            std::process::exit(i32::from(Exit::Retry.code()));
        }
    });
    Ok(stop)
}

#[cfg(unix)]
fn terminated() -> Result<impl Future<Output = ()>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())
        .map_err(|error| Failure::failed("cli.signal", format!("no handler for signals: {error}")))?;
    Ok(async move {
        let _ = terminate.recv().await;
    })
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps, reason = "elsewhere a handler may fail")]
fn terminated() -> Result<impl Future<Output = ()>, Failure> {
    Ok(std::future::pending())
}

/// Tells events: a bar on a terminal, else a line each.
#[derive(Clone)]
struct Teller(Arc<Inner>);

struct Inner {
    output: Output,
    bar: Option<ProgressBar>,
}

impl Teller {
    fn new(output: Output) -> Self {
        let bar = (!output.is_json() && std::io::stderr().is_terminal()).then(bar);
        Self(Arc::new(Inner { output, bar }))
    }

    fn tell(&self, event: &RunEvent) {
        let Inner { output, bar } = &*self.0;
        match (event, bar) {
            (RunEvent::Progress(progress), Some(bar)) => show_progress(bar, progress),
            (event, Some(bar)) => {
                if let Some(line) = show::event(event) {
                    bar.println(line);
                }
            }
            (event, None) if output.is_json() => {
                // A reader that has gone does not stop the pass.
                let _ = json(event).and_then(|line| output.line(&line));
            }
            (event, None) => {
                if let Some(line) = show::event(event) {
                    output.step(&line);
                }
            }
        }
    }

    fn clear(&self) {
        if let Some(bar) = &self.0.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(4));
    let style = ProgressStyle::with_template("{bar:30} {percent:>3}%  {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_length(1000);
    bar
}

fn show_progress(bar: &ProgressBar, progress: &Progress) {
    bar.set_position((show::part(progress) * 1000.0) as u64);
    bar.set_message(show::progress(progress));
}

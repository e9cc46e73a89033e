//! `fieldseal migrate` and `fieldseal plan`.

mod job;
mod pass;
mod show;

use super::args::{Args, Migrate, On, Step};
use super::ask;
use super::failure::{Exit, Failure};
use super::output::Output;
use super::service::Service;
use crate::migrate::{Contract, Throttle, VerifyReport};
use job::job;

/// Shows what would be done.
pub(super) async fn plan(on: &On, service: &Service, output: &Output) -> Result<Exit, Failure> {
    let plan = job(on, service)?.plan().await?;
    output.result(&plan, &plan)?;
    Ok(if plan.obstacles.is_empty() { Exit::Done } else { Exit::Found })
}

pub(super) async fn run(what: &Migrate, args: &Args, service: &Service, output: &Output) -> Result<Exit, Failure> {
    if args.dry_run {
        return show::dry_run(what, service, output).await;
    }
    match what {
        Migrate::Run(run) | Migrate::Sweep(run) => pass::run(&job(&run.on, service)?, run, output).await,
        Migrate::Rewrite { run, wait } => pass::rewrite(&job(&run.on, service)?, run, (*wait).into(), output).await,
        Migrate::Verify(run) => pass::verify(&job(&run.on, service)?, run, output).await,
        Migrate::Quarantine { run, retry: true, .. } => pass::retry(&job(&run.on, service)?, run, output).await,
        Migrate::Quarantine { run, limit, .. } => show::quarantine(&job(&run.on, service)?, *limit, output).await,
        Migrate::Residue(on) => residue(on, service, output).await,
        Migrate::Status(on) => show::status(&job(on, service)?, output).await,
        Migrate::Report { file } => report(file, service, output).await,
        Migrate::Pause(on) => done(job(on, service)?.pause().await.map(|()| "paused"), output),
        Migrate::Resume(on) => done(job(on, service)?.resume().await.map(|()| "running"), output),
        Migrate::Abort(on) => done(job(on, service)?.abort().await.map(|()| "aborted"), output),
        Migrate::Throttle { on, rates } => {
            let throttle = rates.throttle().unwrap_or_else(Throttle::none);
            done(job(on, service)?.throttle(throttle).await.map(|()| "throttled"), output)
        }
        step => take(step, args, service, output).await,
    }
}

/// Takes a step, forward or back.
async fn take(what: &Migrate, args: &Args, service: &Service, output: &Output) -> Result<Exit, Failure> {
    let on = |step: &Step| Ok::<_, Failure>((job(&step.on, service)?, step.wait.into()));
    let reached = match what {
        Migrate::Expand(step) => {
            let (job, patience) = on(step)?;
            job.expand(patience).await.map(|()| "expanded")
        }
        Migrate::DualWrite(step) => {
            let (job, patience) = on(step)?;
            job.dual_write(patience).await.map(|()| "dual-write")
        }
        Migrate::Fence(step) => {
            let (job, patience) = on(step)?;
            job.fence(patience).await.map(|()| "fenced")
        }
        Migrate::Validate(step) => {
            let (job, patience) = on(step)?;
            job.validate(patience).await.map(|()| "validated")
        }
        Migrate::CutOver(step) => {
            let (job, patience) = on(step)?;
            job.cut_over(patience).await.map(|()| "cut-over")
        }
        Migrate::Contract { step, null, rewrite } => {
            let (job, patience) = on(step)?;
            let table = job.subject().table();
            let (how, done) = if *null { (Contract::Null, "emptied") } else { (Contract::Drop, "dropped") };
            ask::before(args, &format!("the plaintext columns of {table} are {done}"), table)?;
            if *rewrite {
                return pass::contract(&job, patience, output).await;
            }
            job.contract(how, patience).await.map(|()| "contracted")
        }
        Migrate::Rollback { step, word } => {
            let (job, patience) = on(step)?;
            job.roll_back(&word.by, &word.reason, patience).await.map(show::rolled_back)
        }
        Migrate::Reopen { step, types, word } => {
            let (job, patience) = on(step)?;
            let types: Vec<&str> = types.iter().map(String::as_str).collect();
            job.reopen(&types, &word.by, &word.reason, patience).await.map(|()| "cut-over")
        }
        _ => return Ok(Exit::Done),
    };
    done(reached, output)
}

fn done<E: Into<Failure>>(reached: Result<&'static str, E>, output: &Output) -> Result<Exit, Failure> {
    let reached = reached.map_err(Into::into)?;
    output.result(&serde_json::json!({ "reached": reached }), reached)?;
    Ok(Exit::Done)
}

async fn residue(on: &On, service: &Service, output: &Output) -> Result<Exit, Failure> {
    let residue = job(on, service)?.residue().await?;
    output.result(&residue, &residue)?;
    Ok(if residue.is_gone_from_the_table() { Exit::Done } else { Exit::Found })
}

async fn report(file: &std::path::Path, service: &Service, output: &Output) -> Result<Exit, Failure> {
    let text = std::fs::read_to_string(file);
    let text = text.map_err(|error| Failure::failed("cli.file", format!("{}: {error}", file.display())))?;
    let report = VerifyReport::from_json(text.trim(), &service.vault).await?;
    output.result(&report, show::report(&report))?;
    Ok(if report.is_clean() { Exit::Done } else { Exit::Found })
}

/// The step's name in a plan.
fn name_of(what: &Migrate) -> Option<(&'static str, &On)> {
    Some(match what {
        Migrate::Expand(step) => ("expand", &step.on),
        Migrate::DualWrite(step) => ("dual-write", &step.on),
        Migrate::Run(run) => ("run", &run.on),
        Migrate::Sweep(run) => ("sweep", &run.on),
        Migrate::Verify(run) => ("verify", &run.on),
        Migrate::Fence(step) => ("fence", &step.on),
        Migrate::Validate(step) => ("validate", &step.on),
        Migrate::CutOver(step) => ("cut-over", &step.on),
        Migrate::Contract { step, .. } => ("contract", &step.on),
        _ => return None,
    })
}

//! `fieldseal keys`: what operators do to firms' keys.

mod decide;
mod show;
mod shred;
mod store;

pub(super) use show::time;

use std::io::Write;

use super::args::{Args, Keys, Version};
use super::ask;
use super::failure::{Exit, Failure};
use super::output::Output;
use super::service::{self, Service};
use crate::admin::{KeyAdmin, RotateAll};
use crate::context::FirmId;
use crate::keys::Purpose;

pub(super) async fn run(keys: &Keys, args: &Args, service: &Service, output: &Output) -> Result<Exit, Failure> {
    let admin = told(service.admin(args.dry_run), *output);
    match keys {
        Keys::List { after, limit } => show::list(&admin, after.as_deref(), *limit, output).await,
        Keys::Show { firm } => show::firm(&admin, firm_of(firm)?, output).await,
        Keys::Processes => show::processes(&admin, output).await,
        Keys::Create { firm } => {
            let made = if args.dry_run { "not tried" } else { create(service, firm).await? };
            done(output, made)
        }
        Keys::Rotate { firm: Some(firm), purpose, .. } => {
            let rotation = admin.rotate(firm_of(firm)?, (*purpose).into()).await?;
            done(
                output,
                &format!("{} key {} took the place of {}", rotation.purpose.as_str(), rotation.new, rotation.old),
            )
        }
        Keys::Rotate { firm: None, purpose, .. } => rotate_all(&admin, (*purpose).into(), output).await,
        Keys::RotateMaster { firm } => {
            let rotation = admin.rotate_master(firm_of(firm)?).await?;
            done(output, &format!("master key {} took the place of {}", rotation.to, rotation.from))
        }
        Keys::Rewrap { firm: Some(firm), .. } => match admin.rewrap(firm_of(firm)?).await? {
            Some((from, to)) => done(output, &format!("moved from KEK {from} to KEK {to}")),
            None => done(output, "it is there already"),
        },
        Keys::Rewrap { firm: None, .. } => rewrap_all(&admin, output).await,
        Keys::Retire(version) => {
            admin.retire(firm_of(&version.firm)?, version.purpose.into(), version.version).await?;
            done(output, "retired")
        }
        Keys::Destroy(version) => destroy(&admin, version, args, service, output).await,
        Keys::Revoke { firm } => {
            if !args.dry_run {
                service.vault.revoke(firm_of(firm)?).await?;
            }
            done(output, "revoked")
        }
        Keys::Suspend { .. } | Keys::Reinstate { .. } | Keys::Hold { .. } | Keys::Release { .. } => {
            decide::run(keys, &admin, output).await
        }
        Keys::Shred(what) => shred::run(what, &admin, args, service, output).await,
        Keys::Backup { file } => store::backup(&admin, file, output).await,
        Keys::Restore { file, overwrite, verify } => store::restore(&admin, file, *overwrite, *verify, output).await,
    }
}

/// Tells each step as it is done, on standard error.
fn told(admin: KeyAdmin, output: Output) -> KeyAdmin {
    admin.telling(move |progress| match output.is_json() {
        true => {
            let line = serde_json::json!({ "event": progress.to_string(), "dry_run": progress.dry_run });
            let _ = writeln!(std::io::stderr().lock(), "{line}");
        }
        false => output.step(&progress.to_string()),
    })
}

async fn create(service: &Service, firm: &str) -> Result<&'static str, Failure> {
    match service.vault.create_firm(firm_of(firm)?).await? {
        crate::keys::Creation::Created => Ok("created"),
        crate::keys::Creation::Existed => Ok("it has keys already"),
    }
}

async fn rotate_all(admin: &KeyAdmin, purpose: Purpose, output: &Output) -> Result<Exit, Failure> {
    let rotations = admin.rotate_all(purpose, &RotateAll::default()).await?;
    let failed: Vec<_> = rotations.failed.iter().map(|(firm, error)| (firm.to_string(), error.code())).collect();
    let value =
        serde_json::json!({ "rotated": rotations.rotated.len(), "skipped": rotations.skipped, "failed": failed });
    let text = format!("{} rotated, {} left, {} failed", rotations.rotated.len(), rotations.skipped, failed.len());
    output.result(&value, text)?;
    for (firm, error) in &rotations.failed {
        output.step(&format!("firm {firm}: {error}"));
    }
    Ok(if failed.is_empty() { Exit::Done } else { Exit::Failed })
}

async fn rewrap_all(admin: &KeyAdmin, output: &Output) -> Result<Exit, Failure> {
    let report = admin.rewrap_all(AT_ONCE).await?;
    let failed: Vec<_> = report.failed.iter().map(|(firm, error)| (firm.to_string(), error.code())).collect();
    let value = serde_json::json!({ "moved": report.rewrapped, "unchanged": report.current, "failed": failed });
    output.result(&value, format!("{} moved, {} left, {} failed", report.rewrapped, report.current, failed.len()))?;
    Ok(if failed.is_empty() { Exit::Done } else { Exit::Failed })
}

async fn destroy(
    admin: &KeyAdmin,
    version: &Version,
    args: &Args,
    service: &Service,
    output: &Output,
) -> Result<Exit, Failure> {
    let (firm, purpose) = (firm_of(&version.firm)?, Purpose::from(version.purpose));
    let what = format!("{} key {} of firm {firm} will be destroyed for good", purpose.as_str(), version.version);
    ask::before(args, &what, &firm.to_string())?;
    let mut databases = service.databases().await?;
    let mut rows = service::rows(&mut databases)?;
    admin.destroy(firm, purpose, version.version, &mut rows).await?;
    done(output, "destroyed")
}

pub(super) fn done(output: &Output, what: &str) -> Result<Exit, Failure> {
    output.result(&serde_json::json!({ "done": what }), what)?;
    Ok(Exit::Done)
}

/// A firm by its canonical name.
pub(super) fn firm_of(name: &str) -> Result<FirmId, Failure> {
    name.parse().map_err(|_| {
        Failure::failed("cli.firm", format!("`{name}` names no firm: write `text:…`, `int:…`, `uuid:…` or `platform`"))
    })
}

/// Provider calls at once.
const AT_ONCE: usize = 8;

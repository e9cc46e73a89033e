//! Whether everything that keys need is there and well.

use std::time::Instant;

use serde::Serialize;

use super::failure::{Exit, Failure};
use super::output::Output;
use super::service::{Database, Service};
use crate::context::FirmId;
use crate::schema::SchemaError;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Health {
    Well,
    Ill,
}

#[derive(Debug, Serialize)]
struct Finding {
    what: String,
    health: Health,
    said: String,
}

fn well(what: impl Into<String>, said: impl Into<String>) -> Finding {
    Finding { what: what.into(), health: Health::Well, said: said.into() }
}

fn ill(what: impl Into<String>, failure: impl Into<Failure>) -> Finding {
    Finding { what: what.into(), health: Health::Ill, said: failure.into().message }
}

pub(super) async fn run(service: &mut Service, output: &Output) -> Result<Exit, Failure> {
    let mut findings =
        vec![provider(service).await, firms(service).await, processes(service).await, phases(service).await];
    findings.extend(databases(service).await);
    let ill = findings.iter().filter(|finding| finding.health == Health::Ill).count();
    output.result(&findings, text(&findings))?;
    Ok(if ill == 0 { Exit::Done } else { Exit::Found })
}

fn text(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let mark = if finding.health == Health::Well { "ok  " } else { "ILL " };
        format!("{mark} {}: {}", finding.what, finding.said)
    };
    findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The platform's master key is unwrapped now, not taken from a cache: this process has just begun.
async fn provider(service: &Service) -> Finding {
    let began = Instant::now();
    match service.vault.admin().keys(FirmId::Platform).await {
        Ok(keys) => well(
            "provider and platform",
            format!("KEK {} answers in {} ms; generation {}", keys.kek, began.elapsed().as_millis(), keys.generation),
        ),
        Err(error) => ill("provider and platform", error),
    }
}

async fn firms(service: &Service) -> Finding {
    match service.vault.admin().firms(None, 1).await {
        Ok(firms) if firms.is_empty() => ill("key store", crate::keys::KeyError::NotInitialized),
        Ok(_) => well("key store", "its tables are of this release"),
        Err(error) => ill("key store", error),
    }
}

async fn processes(service: &Service) -> Finding {
    match service.vault.admin().processes().await {
        Ok(processes) => {
            let behind = processes.iter().filter(|process| process.is_behind()).count();
            well("processes", format!("{} hold keys, {behind} of them have changes to apply", processes.len()))
        }
        Err(error) => ill("processes", error),
    }
}

async fn phases(service: &Service) -> Finding {
    match service.vault.admin().phases().await {
        Ok(jobs) if jobs.is_empty() => well("migrations", "none is under way"),
        Ok(jobs) => {
            let said: Vec<String> =
                jobs.iter().map(|job| format!("{} ({}) is {}", job.job, job.table, job.phase)).collect();
            well("migrations", said.join("; "))
        }
        Err(error) => ill("migrations", error),
    }
}

async fn databases(service: &Service) -> Vec<Finding> {
    let databases = match service.databases().await {
        Ok(databases) => databases,
        Err(failure) => return vec![ill("databases", failure)],
    };
    let mut findings = Vec::new();
    for (name, mut database) in databases {
        let checked = match &mut database {
            Database::Postgres(connection) => service.vault.check_schema_async(&mut **connection).await,
            Database::Sqlite(connection) => service.vault.check_schema(&mut **connection),
        };
        let what = format!("database {name}");
        findings.push(match checked {
            Ok(()) => well(what, format!("fits the {} models that are known", service.models.len())),
            Err(error @ SchemaError::Differs(_)) => ill(what, error),
            Err(error) => ill(what, error),
        });
    }
    findings
}

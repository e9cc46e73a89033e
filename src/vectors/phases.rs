//! The notes of phases of `keys.json` and `keys_invalid.json` (spec/migration.md, The note).

use serde::Deserialize;

use super::form::{Hex, master_keys};
use crate::context::FirmId;
use crate::keys::phases::{JobPhase, Phase, Phases, Rollback};
use crate::secret::EndorsementKey;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Valid {
    comment: String,
    serial: u64,
    jobs: Vec<Job>,
    platform_fmk: Hex,
    platform_fmk_version: u32,
    body: Hex,
    phases: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Job {
    job: String,
    table: String,
    columns: Vec<String>,
    phase: String,
    rollbacks: Vec<Back>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Back {
    from: Option<String>,
    to: String,
    by: String,
    reason: String,
    when: u64,
}

impl Valid {
    pub(super) fn check(&self) {
        let platform = platform(self.platform_fmk_version, &self.platform_fmk);
        let phases = Phases { serial: self.serial, jobs: self.jobs.iter().map(Job::phase).collect() };
        let encoded = phases.encode(&platform);
        assert_eq!(self.body, &encoded[..self.body.len()], "body: {}", self.comment);
        assert_eq!(self.phases, encoded, "{}", self.comment);
        assert_eq!(Phases::decode(&platform, &self.phases), Some(phases), "{}", self.comment);
    }
}

impl Job {
    fn phase(&self) -> JobPhase {
        JobPhase {
            job: self.job.clone(),
            table: self.table.clone(),
            columns: self.columns.clone(),
            phase: phase(&self.phase),
            rollbacks: self.rollbacks.iter().map(Back::rollback).collect(),
        }
    }
}

impl Back {
    fn rollback(&self) -> Rollback {
        Rollback {
            from: self.from.as_deref().map(phase),
            to: phase(&self.to),
            by: self.by.clone(),
            reason: self.reason.clone(),
            when: self.when,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Invalid {
    comment: String,
    /// One class stands for all of them here.
    #[serde(rename = "error")]
    _error: String,
    platform_fmk: Hex,
    platform_fmk_version: u32,
    phases: Hex,
}

impl Invalid {
    pub(super) fn check(&self) {
        let platform = platform(self.platform_fmk_version, &self.platform_fmk);
        assert_eq!(Phases::decode(&platform, &self.phases), None, "{}", self.comment);
    }
}

fn platform(version: u32, master: &Hex) -> EndorsementKey {
    master_keys(&FirmId::Platform, version, master).endorsement
}

fn phase(name: &str) -> Phase {
    Phase::ALL.into_iter().find(|phase| phase.as_str() == name).unwrap()
}

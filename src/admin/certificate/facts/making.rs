//! How a certificate comes by what it says.

use super::{
    Acknowledged, ColumnGone, Completion, FORMAT, MasterGone, Requested, ShredFacts, StillHeld, TermsFound, VersionGone,
};
use crate::admin::shred::Found;
use crate::context::FirmId;
use crate::keys::custody::Doomed;
use crate::keys::manifest::{ClaimedManifest, Entry};
use crate::keys::store::ProcessRecord;
use crate::model::{ModelSchema, Owner};

impl ShredFacts {
    pub(in crate::admin) fn new(firm: &FirmId, doomed: &Doomed<'_>, verified: bool, models: &[&ModelSchema]) -> Self {
        let manifest = ClaimedManifest::parse(&doomed.keys.manifest).ok();
        let claim = manifest.as_ref().map(ClaimedManifest::claim);
        let master = &doomed.keys.master;
        let version = |entry: &Entry| VersionGone {
            purpose: entry.purpose.as_str().to_owned(),
            version: entry.version,
            state: entry.state.as_str().to_owned(),
            created: entry.created,
            commitment: hex::encode(entry.commitment),
        };
        let requested = doomed.standing.pending.as_ref().map(|pending| Requested {
            by: pending.by.clone(),
            reason: pending.reason.clone(),
            requested: pending.requested,
            due: pending.due,
        });
        Self {
            format: FORMAT.to_owned(),
            firm: firm.canonical(),
            generation: doomed.generation,
            when: doomed.when,
            requested,
            manifest_verified: verified && claim.is_some(),
            master: MasterGone {
                version: master.version,
                provider: master.provider.clone(),
                kek: master.kek.as_str().to_owned(),
                commitment: claim.map(|claim| hex::encode(claim.master_commitment)).unwrap_or_default(),
            },
            versions: claim.map(|claim| claim.entries.iter().map(version).collect()).unwrap_or_default(),
            columns: columns(models),
            terms: Vec::new(),
            plaintext: Vec::new(),
            still_held: still_held(),
            complete: None,
        }
    }

    pub(in crate::admin) fn with(self, found: &Found) -> Self {
        Self { terms: found.terms.clone(), plaintext: found.plaintext.clone(), ..self }
    }

    pub(in crate::admin) fn completed(self, completion: Completion, left: &[TermsFound]) -> Self {
        Self { complete: Some(Completion { terms_left: left.to_vec(), ..completion }), ..self }
    }

    pub(in crate::admin) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers are always JSON")
    }
}

impl Completion {
    pub(in crate::admin) fn new(when: u64, epoch: u64, processes: &[ProcessRecord]) -> Self {
        let acknowledged = |process: &ProcessRecord| Acknowledged {
            id: process.id.to_string(),
            host: process.host.clone(),
            pid: process.pid,
            epoch: process.acknowledged,
        };
        Self { when, epoch, processes: processes.iter().map(acknowledged).collect(), terms_left: Vec::new() }
    }
}

fn columns(models: &[&ModelSchema]) -> Vec<ColumnGone> {
    let owned = models.iter().filter(|model| model.owner != Owner::Platform);
    let all = owned.flat_map(|model| model.columns.iter().map(|column| (model.table, column.column)));
    let mut all: Vec<(&str, &str)> = all.collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter().map(|(table, column)| ColumnGone { table: table.to_owned(), column: column.to_owned() }).collect()
}

/// What nobody can delete from here.
fn still_held() -> Vec<StillHeld> {
    let held = |(what, remedy): &(&str, &str)| StillHeld { what: (*what).to_owned(), remedy: (*remedy).to_owned() };
    STILL_HELD.iter().map(held).collect()
}

const STILL_HELD: &[(&str, &str)] = &[
    (
        "kek",
        "The KEK named under `master` still unwraps copies of the wrapped master key. Where it is this firm's own, disable \
         it and schedule its deletion; where firms share it, it stays, and the copies below have to go.",
    ),
    (
        "key-store-backups",
        "Backups and snapshots of the key store from before `when` hold the wrapped keys: delete them, or wait until the \
         last of them has expired. After a restore from one, shred the firm again at once.",
    ),
    (
        "key-store-log",
        "Write-ahead logs, point-in-time recovery archives and replicas of the key store hold the deleted rows until they \
         are recycled, overwritten or vacuumed: wait until their retention is over.",
    ),
    (
        "escrow",
        "Recovery exports made before `when` open what this firm sealed: have every holder destroy theirs, and confirm it.",
    ),
];

//! The standings of `keys.json` and `keys_invalid.json`.

use serde::Deserialize;

use super::form::{Hex, firm, master_keys};
use crate::context::FirmId;
use crate::keys::standing::{FirmStanding, Hold, PendingShred, Suspension};
use crate::keys::store::{FirmRecord, RecordContent};
use crate::secret::EndorsementKey;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Valid {
    comment: String,
    #[serde(deserialize_with = "firm")]
    firm: FirmId,
    serial: u64,
    suspension: Option<Suspended>,
    pending: Option<Pending>,
    holds: Vec<Held>,
    platform_fmk: Hex,
    platform_fmk_version: u32,
    body: Hex,
    standing: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Suspended {
    when: u64,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pending {
    requested: u64,
    due: u64,
    suspends: u8,
    by: String,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Held {
    id: String,
    reason: String,
    by: String,
    when: u64,
}

impl Valid {
    pub(super) fn check(&self) {
        let platform = platform(self.platform_fmk_version, &self.platform_fmk);
        let encoded = self.standing().encode(&platform);
        assert_eq!(self.body, &encoded[..self.body.len()], "body: {}", self.comment);
        assert_eq!(self.standing, encoded, "{}", self.comment);
        assert_eq!(read(&self.firm, &self.standing, &platform), Some(self.standing()), "{}", self.comment);
    }

    fn standing(&self) -> FirmStanding {
        let suspended = |s: &Suspended| Suspension { when: s.when, reason: s.reason.clone() };
        let pending = |p: &Pending| PendingShred {
            by: p.by.clone(),
            reason: p.reason.clone(),
            requested: p.requested,
            due: p.due,
            suspends: p.suspends == 1,
        };
        let hold = |h: &Held| Hold { when: h.when, ..Hold::new(&h.id, &h.reason, &h.by) };
        FirmStanding {
            serial: self.serial,
            suspended: self.suspension.as_ref().map(suspended),
            pending: self.pending.as_ref().map(pending),
            holds: self.holds.iter().map(hold).collect(),
            ..FirmStanding::new(&self.firm)
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
    #[serde(deserialize_with = "firm")]
    firm: FirmId,
    platform_fmk: Hex,
    platform_fmk_version: u32,
    standing: Hex,
}

impl Invalid {
    pub(super) fn check(&self) {
        let platform = platform(self.platform_fmk_version, &self.platform_fmk);
        assert_eq!(read(&self.firm, &self.standing, &platform), None, "{}", self.comment);
    }
}

fn platform(version: u32, master: &Hex) -> EndorsementKey {
    master_keys(&FirmId::Platform, version, master).endorsement
}

fn read(firm: &FirmId, stored: &Hex, platform: &EndorsementKey) -> Option<FirmStanding> {
    let content = RecordContent::Tombstone(Vec::new());
    let record = FirmRecord { firm: firm.clone(), generation: 1, content, standing: Some(stored.to_vec()) };
    FirmStanding::of(&record, platform).ok()
}

//! What operators decided of a firm: an authenticated note beside its record (spec/keys.md, Standing).

mod codec;

use super::store::{FirmRecord, RecordContent};
use crate::context::FirmId;
use crate::keys::error::Tampering;
use crate::secret::EndorsementKey;

pub(crate) use codec::claimed_serial;

/// What operators decided of a firm, from [`KeyAdmin::standing`](crate::admin::KeyAdmin::standing).
///
/// It lies in the key store in the clear, authenticated: reasons and names are no place for secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FirmStanding {
    /// The firm.
    pub firm: FirmId,
    /// Counts the changes of the standing; 0: nobody decided anything yet.
    pub serial: u64,
    /// Set while the firm is suspended.
    pub suspended: Option<Suspension>,
    /// Set while the firm is to be shredded.
    pub pending: Option<PendingShred>,
    /// Legal holds, sorted by id.
    pub holds: Vec<Hold>,
}

/// Why and since when a firm is suspended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Suspension {
    /// Why.
    pub reason: String,
    /// Since when: Unix seconds.
    pub when: u64,
}

/// A shredding that was requested.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingShred {
    /// Who requested it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When it was requested: Unix seconds.
    pub requested: u64,
    /// When it may be done at the earliest: Unix seconds.
    pub due: u64,
    /// Whether the firm is suspended until then.
    pub suspends: bool,
}

/// A legal hold: while there is one, nobody shreds the firm.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hold {
    /// Names the hold among the firm's: a case number.
    pub id: String,
    /// Why.
    pub reason: String,
    /// Who placed it.
    pub by: String,
    /// When it was placed: Unix seconds, set by [`KeyAdmin::hold`](crate::admin::KeyAdmin::hold).
    pub when: u64,
}

impl Hold {
    /// A hold to be placed.
    pub fn new(id: impl Into<String>, reason: impl Into<String>, by: impl Into<String>) -> Self {
        Self { id: id.into(), reason: reason.into(), by: by.into(), when: 0 }
    }
}

impl FirmStanding {
    /// Of a firm that nobody decided anything about.
    pub(crate) fn new(firm: &FirmId) -> Self {
        Self { firm: firm.clone(), serial: 0, suspended: None, pending: None, holds: Vec::new() }
    }

    /// Whether no process may hold the firm's keys.
    #[must_use]
    pub fn is_suspended(&self) -> bool {
        self.suspended.is_some() || self.pending.as_ref().is_some_and(|pending| pending.suspends)
    }

    /// The holds' ids, as people read them.
    pub(crate) fn hold_ids(&self) -> String {
        let ids: Vec<_> = self.holds.iter().map(|hold| hold.id.as_str()).collect();
        ids.join(", ")
    }

    /// The standing that a live firm's record carries (KEY-47). Without a note: nothing was decided.
    pub(crate) fn of(record: &FirmRecord, platform: &EndorsementKey) -> Result<Self, Tampering> {
        match &record.standing {
            None => Ok(Self::new(&record.firm)),
            Some(stored) => Self::decode(platform, stored)
                .filter(|standing| standing.firm == record.firm)
                .ok_or(Tampering::Standing),
        }
    }
}

/// The serial that a live firm's record claims, 0 without a note: to be compared, not to be acted on.
pub(crate) fn serial_of(record: &FirmRecord) -> Option<u64> {
    match &record.content {
        RecordContent::Tombstone(_) => None,
        RecordContent::Keys(_) => Some(record.standing.as_deref().map_or(0, claimed_serial)),
    }
}

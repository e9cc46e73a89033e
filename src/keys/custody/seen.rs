//! The highest generation of each firm that this process has verified: an older record is a roll-back.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::context::FirmId;
use crate::keys::error::Tampering;

/// It outlives the cache: a firm that was evicted can't be rolled back either.
#[derive(Default)]
pub(super) struct Seen(Mutex<HashMap<FirmId, u64>>);

impl Seen {
    /// Refuses a generation below one seen, and a firm that was seen and is gone.
    pub(super) fn check(&self, firm: &FirmId, found: Option<u64>) -> Result<(), Tampering> {
        match (self.lock().get(firm).copied(), found) {
            (Some(seen), None) => Err(Tampering::Vanished { seen }),
            (Some(seen), Some(found)) if found < seen => Err(Tampering::RolledBack { found, seen }),
            _ => Ok(()),
        }
    }

    /// Notes a verified generation.
    pub(super) fn note(&self, firm: &FirmId, generation: u64) {
        let mut seen = self.lock();
        let highest = seen.entry(firm.clone()).or_default();
        *highest = generation.max(*highest);
    }

    // The map is never left half-changed, so a panic elsewhere does not spoil it.
    fn lock(&self) -> MutexGuard<'_, HashMap<FirmId, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

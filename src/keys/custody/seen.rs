//! The highest generation of each firm that this process has verified: an older record is a roll-back.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use crate::context::FirmId;
use crate::keys::error::Tampering;

/// It outlives the cache: a firm that was evicted can't be rolled back either.
#[derive(Default)]
pub(super) struct Seen {
    records: Mutex<HashMap<FirmId, Highest>>,
    standings: Mutex<HashMap<FirmId, HighestNote>>,
}

/// The serial and the hash of the latest note of a firm's standing.
type HighestNote = (u64, [u8; 32]);

#[derive(Clone, Copy)]
struct Highest {
    generation: u64,
    /// The manifest's hash; a tombstone has none.
    manifest: Option<[u8; 32]>,
}

impl Seen {
    /// The generation seen so far. Read it before the store: what others see meanwhile is no roll-back.
    pub(super) fn generation(&self, firm: &FirmId) -> Option<u64> {
        self.lock().get(firm).map(|highest| highest.generation)
    }

    /// Notes a verified manifest. Another one of the same generation is refused: two histories grew from one backup, or
    /// the firm was made anew.
    pub(super) fn note(&self, firm: &FirmId, generation: u64, manifest: &[u8]) -> Result<(), Tampering> {
        let manifest = Some(Sha256::digest(manifest).into());
        let mut seen = self.lock();
        let highest = seen.entry(firm.clone()).or_insert(Highest { generation, manifest });
        if highest.generation == generation && highest.manifest != manifest {
            return Err(Tampering::Forked { generation });
        }
        if highest.generation < generation {
            *highest = Highest { generation, manifest };
        }
        Ok(())
    }

    /// Notes an authentic tombstone.
    pub(super) fn bury(&self, firm: &FirmId, generation: u64) {
        let mut seen = self.lock();
        let highest = seen.entry(firm.clone()).or_insert(Highest { generation, manifest: None });
        *highest = Highest { generation: generation.max(highest.generation), manifest: None };
    }

    /// The serial of the firm's standing seen so far. Read it before the store.
    pub(super) fn serial(&self, firm: &FirmId) -> Option<u64> {
        lock(&self.standings).get(firm).map(|(serial, _)| *serial)
    }

    /// Notes an authentic standing. Another one of the same serial is refused, and an older one.
    pub(super) fn note_standing(&self, firm: &FirmId, serial: u64, stored: &[u8]) -> Result<(), Tampering> {
        let note = (serial, Sha256::digest(stored).into());
        let mut standings = lock(&self.standings);
        let highest = standings.entry(firm.clone()).or_insert(note);
        if highest.0 > serial || highest.0 == serial && *highest != note {
            return Err(Tampering::StandingRolledBack { found: serial, seen: highest.0 });
        }
        *highest = note;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<FirmId, Highest>> {
        lock(&self.records)
    }
}

// A map is never left half-changed, so a panic elsewhere does not spoil it.
fn lock<T>(map: &Mutex<T>) -> MutexGuard<'_, T> {
    map.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Refuses a live firm's standing of a serial below one seen before the store was asked.
pub(super) fn check_serial(seen: Option<u64>, found: Option<u64>) -> Result<(), Tampering> {
    match (seen, found) {
        (Some(seen), Some(found)) if found < seen => Err(Tampering::StandingRolledBack { found, seen }),
        _ => Ok(()),
    }
}

/// Refuses a generation below one seen before the store was asked, and a firm that was seen and is gone.
pub(super) fn check(seen: Option<u64>, found: Option<u64>) -> Result<(), Tampering> {
    match (seen, found) {
        (Some(seen), None) => Err(Tampering::Vanished { seen }),
        (Some(seen), Some(found)) if found < seen => Err(Tampering::RolledBack { found, seen }),
        _ => Ok(()),
    }
}

//! The head of each firm that this process has verified or that an anchor holds: an older record is a roll-back.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use sha2::{Digest, Sha256};

use super::anchored::Anchored;
use super::kept::Kept;
use crate::context::FirmId;
use crate::keys::anchor::Head;
use crate::keys::error::Tampering;
use crate::keys::store::Purpose;

/// It outlives the cache: a firm that was evicted can't be rolled back either.
#[derive(Default)]
pub(super) struct Seen {
    known: Mutex<Known>,
    standings: Mutex<HashMap<FirmId, HighestNote>>,
    pub(super) anchor: OnceLock<Anchored>,
    /// Whether a roll-back that is found is undone at once.
    pub(super) puts_back: OnceLock<()>,
}

/// The serial and the hash of the latest note of a firm's standing.
type HighestNote = (u64, [u8; 32]);

#[derive(Default)]
struct Known {
    heads: HashMap<FirmId, Highest>,
    /// Firms with a kept record, the first kept first; entries whose number is not the record's are stale.
    order: VecDeque<(FirmId, u64)>,
    kept: usize,
    numbers: u64,
}

struct Highest {
    head: Head,
    /// The generation that the anchor is known to hold.
    anchored: u64,
    /// The record of the head and its number in the order, if this process has verified it lately.
    kept: Option<(Kept, u64)>,
}

impl Seen {
    /// The generation seen so far. Read it before the store: what others see meanwhile is no roll-back.
    pub(super) fn generation(&self, firm: &FirmId) -> Option<u64> {
        self.lock().heads.get(firm).map(|highest| highest.head.generation)
    }

    /// Notes a verified record. Another one of the same generation is refused: two histories grew from one backup, or
    /// the firm was made anew.
    pub(super) fn note(&self, firm: &FirmId, head: Head, kept: Kept) -> Result<(), Tampering> {
        let mut known = self.lock();
        let highest = known.merge(firm, head)?;
        if highest.head.generation == head.generation && highest.kept.is_none() {
            known.keep(firm, kept);
        }
        Ok(())
    }

    /// Notes an authentic tombstone, which is the end whatever was seen of its generation.
    pub(super) fn bury(&self, firm: &FirmId, generation: u64, kept: Kept) {
        let mut known = self.lock();
        let head = Head::tombstone(generation);
        if known.merge(firm, head).is_err() {
            known.forget(firm);
            known.heads.entry(firm.clone()).and_modify(|highest| highest.head.manifest = None);
        }
        known.keep(firm, kept);
    }

    /// Notes what the anchor holds.
    pub(super) fn anchored(&self, firm: &FirmId, head: Head) -> Result<(), Tampering> {
        let mut known = self.lock();
        let highest = known.merge(firm, head)?;
        highest.anchored = highest.anchored.max(head.generation);
        Ok(())
    }

    /// The firm's head, where the anchor is not known to hold it.
    pub(super) fn unanchored(&self, firm: &FirmId) -> Option<Head> {
        let known = self.lock();
        known.heads.get(firm).filter(|highest| highest.anchored < highest.head.generation).map(|highest| highest.head)
    }

    /// The highest version number known to have been given.
    pub(super) fn highest(&self, firm: &FirmId, purpose: Purpose) -> u32 {
        self.lock().heads.get(firm).map_or(0, |highest| highest.head.highest(purpose))
    }

    /// The firm's newest record, if it is kept here.
    pub(super) fn kept(&self, firm: &FirmId) -> Option<(u64, Kept)> {
        let known = self.lock();
        let highest = known.heads.get(firm)?;
        let (kept, _) = highest.kept.as_ref()?;
        Some((highest.head.generation, kept.clone()))
    }

    /// Keeps no record of a firm any more that somebody has changed unseen. Its head stays.
    pub(super) fn forget(&self, firm: &FirmId) {
        self.lock().forget(firm);
    }

    /// Whether the firm is known to be shredded.
    pub(super) fn is_buried(&self, firm: &FirmId) -> bool {
        self.lock().heads.get(firm).is_some_and(|highest| highest.head.manifest.is_none())
    }

    /// Every firm whose newest record is kept here.
    pub(super) fn keeps(&self) -> Vec<FirmId> {
        let known = self.lock();
        known.heads.iter().filter(|(_, highest)| highest.kept.is_some()).map(|(firm, _)| firm.clone()).collect()
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

    fn lock(&self) -> MutexGuard<'_, Known> {
        lock(&self.known)
    }
}

// Nothing here is left half-changed, so a panic elsewhere does not spoil it.
fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Known {
    fn merge(&mut self, firm: &FirmId, head: Head) -> Result<&mut Highest, Tampering> {
        let before = self.heads.get(firm).map(|highest| highest.head);
        let merged = before.map_or(Some(head), |before| before.merged(&head));
        let merged = merged.ok_or(Tampering::Forked { generation: head.generation })?;
        if before.is_some_and(|before| before.is_behind(&merged)) {
            self.forget(firm);
        }
        let highest = self.heads.entry(firm.clone()).or_insert(Highest { head, anchored: 0, kept: None });
        highest.head = merged;
        Ok(highest)
    }

    fn keep(&mut self, firm: &FirmId, kept: Kept) {
        self.forget(firm);
        let number = self.numbers;
        self.numbers += 1;
        if let Some(highest) = self.heads.get_mut(firm) {
            highest.kept = Some((kept, number));
            self.kept += 1;
            self.order.push_back((firm.clone(), number));
        }
        self.bound();
    }

    fn forget(&mut self, firm: &FirmId) {
        if self.heads.get_mut(firm).is_some_and(|highest| highest.kept.take().is_some()) {
            self.kept -= 1;
        }
    }

    /// The record that was kept first goes first.
    fn bound(&mut self) {
        let heads = &self.heads;
        let is_kept = |(firm, number): &(FirmId, u64)| {
            heads.get(firm).and_then(|highest| highest.kept.as_ref()).is_some_and(|(_, kept)| kept == number)
        };
        if self.order.len() > 2 * KEPT {
            self.order.retain(is_kept);
        }
        while self.kept > KEPT {
            let Some((firm, number)) = self.order.pop_front() else { return };
            let kept = self.heads.get(&firm).and_then(|highest| highest.kept.as_ref());
            if kept.is_some_and(|(_, kept)| *kept == number) {
                self.forget(&firm);
            }
        }
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

/// Records kept at most: as many as the cache holds firms by default.
const KEPT: usize = 10_000;

/// Refuses a live firm's standing of a serial below one seen before the store was asked.
pub(super) fn check_serial(seen: Option<u64>, found: Option<u64>) -> Result<(), Tampering> {
    match (seen, found) {
        (Some(seen), Some(found)) if found < seen => Err(Tampering::StandingRolledBack { found, seen }),
        _ => Ok(()),
    }
}

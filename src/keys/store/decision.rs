//! A change of what operators decided of a firm.

use super::{FirmRecord, RecordContent};
use crate::context::FirmId;

/// A note to be set beside a firm's record, and what must lie there for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The firm.
    pub firm: FirmId,
    /// The generation that the platform's record must have: its key authenticates the note.
    pub platform: u64,
    /// The generation that the firm's record must have.
    pub generation: u64,
    /// The note that must lie beside it, byte by byte.
    pub expected: Option<Vec<u8>>,
    /// The note that takes its place.
    pub standing: Vec<u8>,
    /// What a shredded firm leaves, of the next generation; `None`: the firm's keys stay as they are.
    pub tombstone: Option<Vec<u8>>,
}

impl Decision {
    /// The record of a firm that this shreds.
    #[must_use]
    pub fn buried(&self) -> Option<FirmRecord> {
        Some(FirmRecord {
            firm: self.firm.clone(),
            generation: self.generation.checked_add(1)?,
            content: RecordContent::Tombstone(self.tombstone.clone()?),
            standing: Some(self.standing.clone()),
        })
    }
}

//! What becomes of one record of a backup (spec/recovery.md, REC-11 to REC-14).

use std::fmt;

use super::Overwrite;
use crate::context::FirmId;
use crate::keys::custody::kept;
use crate::keys::manifest::ClaimedManifest;
use crate::keys::standing::claimed_serial;
use crate::keys::{FirmRecord, RecordContent};

/// What became of one firm in a restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The store had no record of it; the backup's was written.
    Added,
    /// Both are the same.
    Same,
    /// The store's was older, and the backup's was written.
    Replaced {
        /// The generation that the store had.
        stored: u64,
    },
    /// The store's is older, and was left.
    LeftOlder {
        /// The generation that the store has.
        stored: u64,
    },
    /// The store's is newer, and was left.
    KeptNewer {
        /// The generation that the store has.
        stored: u64,
    },
    /// The store holds its tombstone, which stays.
    StaysShredded,
    /// The backup holds its tombstone, which was written in the place of keys.
    Shredded {
        /// The generation that the store had.
        stored: u64,
    },
    /// The store's is older and holds a key that the backup's lacks: rows may be sealed under it. It was left.
    WouldLoseKeys {
        /// The generation that the store has.
        stored: u64,
    },
    /// The keys are the same, and what was decided of the firm (holds, a suspension, a requested shredding) is later in the
    /// backup: it was written.
    NewerStanding,
    /// Both are of one generation and differ; the store's was left.
    Forked {
        /// The generation.
        generation: u64,
    },
}

/// A firm whose record in the store was not the backup's.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// The firm.
    pub firm: FirmId,
    /// What became of it.
    pub outcome: Outcome,
    /// The generation that this process or the anchor has seen, where what the store holds now is older: loads refuse it
    /// until a newer one is back, or [`danger::accept_rollback`](crate::danger::accept_rollback).
    pub behind: Option<u64>,
}

impl Outcome {
    /// What is to become of `backup`'s record.
    pub(super) fn of(stored: Option<&FirmRecord>, backup: &FirmRecord, overwrite: Overwrite) -> Self {
        let Some(stored) = stored else { return Self::Added };
        let generation = stored.generation;
        match (&stored.content, &backup.content) {
            (RecordContent::Tombstone(_), RecordContent::Tombstone(_)) => Self::Same,
            (RecordContent::Tombstone(_), RecordContent::Keys(_)) => Self::StaysShredded,
            (RecordContent::Keys(_), RecordContent::Tombstone(_)) => Self::Shredded { stored: generation },
            (RecordContent::Keys(_), RecordContent::Keys(_)) if generation > backup.generation => {
                Self::KeptNewer { stored: generation }
            }
            (RecordContent::Keys(_), RecordContent::Keys(_)) if generation < backup.generation => match overwrite {
                Overwrite::IfNewer if !loses_no_key(stored, backup) => Self::WouldLoseKeys { stored: generation },
                Overwrite::IfNewer => Self::Replaced { stored: generation },
                Overwrite::Never => Self::LeftOlder { stored: generation },
            },
            (RecordContent::Keys(kept), RecordContent::Keys(other)) if kept.manifest == other.manifest => {
                match overwrite {
                    _ if !has_newer_standing(stored, backup) => Self::Same,
                    Overwrite::IfNewer => Self::NewerStanding,
                    Overwrite::Never => Self::LeftOlder { stored: generation },
                }
            }
            _ => Self::Forked { generation },
        }
    }

    /// Whether the backup's record is to be written.
    pub(super) fn writes_record(self) -> bool {
        matches!(self, Self::Added | Self::Replaced { .. } | Self::Shredded { .. })
    }

    /// Whether anything of the backup's is to be written.
    pub(super) fn writes(self) -> bool {
        self.writes_record() || self == Self::NewerStanding
    }
}

/// Whether what the backup says of a live firm was decided later. The platform's note is of phases, and stays.
pub(super) fn has_newer_standing(stored: &FirmRecord, backup: &FirmRecord) -> bool {
    let Some(note) = backup.standing.as_ref().filter(|_| backup.firm != FirmId::Platform) else { return false };
    stored.standing.as_ref().is_none_or(|stored| claimed_serial(stored) < claimed_serial(note))
}

/// Both manifests are only read: what they claim is enough to keep a record.
fn loses_no_key(stored: &FirmRecord, backup: &FirmRecord) -> bool {
    let (RecordContent::Keys(stored), RecordContent::Keys(backup)) = (&stored.content, &backup.content) else {
        return false;
    };
    let claims = (ClaimedManifest::parse(&stored.manifest), ClaimedManifest::parse(&backup.manifest));
    matches!(claims, (Ok(stored), Ok(backup)) if kept::loses_no_key(stored.claim(), backup.claim()))
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added => f.write_str("added"),
            Self::Same => f.write_str("the same"),
            Self::Replaced { stored } => write!(f, "in the place of generation {stored}"),
            Self::LeftOlder { stored } => write!(f, "the store's older generation {stored} stays"),
            Self::WouldLoseKeys { stored } => {
                write!(f, "generation {stored} of the store has keys that the backup lacks, and stays")
            }
            Self::KeptNewer { stored } => write!(f, "the store's newer generation {stored} stays"),
            Self::StaysShredded => f.write_str("shredded, and stays so"),
            Self::Shredded { stored } => write!(f, "shredded, in the place of generation {stored}"),
            Self::NewerStanding => f.write_str("the same, under the backup's later standing"),
            Self::Forked { generation } => write!(f, "another record of generation {generation} stays"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::fixtures::{Draft, endorsement, firm};

    fn keys(generation: u64) -> FirmRecord {
        Draft { generation, ..Draft::default() }.record(&endorsement())
    }

    fn tombstone(generation: u64) -> FirmRecord {
        FirmRecord { firm: firm(), generation, content: RecordContent::Tombstone(vec![0]), standing: None }
    }

    #[test]
    fn the_newer_one_stays_and_a_tombstone_always_does() {
        use Overwrite::{IfNewer, Never};
        let of = |stored, backup: FirmRecord, overwrite| Outcome::of(Some(&stored), &backup, overwrite);
        assert_eq!(Outcome::of(None, &keys(1), Never), Outcome::Added);
        assert_eq!(of(keys(2), keys(2), IfNewer), Outcome::Same);
        assert_eq!(of(keys(3), keys(2), IfNewer), Outcome::KeptNewer { stored: 3 });
        assert_eq!(of(keys(2), keys(3), IfNewer), Outcome::Replaced { stored: 2 });
        assert_eq!(of(keys(2), keys(3), Never), Outcome::LeftOlder { stored: 2 });
        assert_eq!(of(tombstone(2), keys(9), IfNewer), Outcome::StaysShredded);
        assert_eq!(of(keys(9), tombstone(2), Never), Outcome::Shredded { stored: 9 });
        let other = Draft { min_open_version: 2, generation: 2, ..Draft::default() }.record(&endorsement());
        assert_eq!(of(keys(2), other, IfNewer), Outcome::Forked { generation: 2 });
    }
}

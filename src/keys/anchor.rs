//! Heads of firms' records outside the database: what tells a cold process that the key store was rolled back.

mod file;

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use super::manifest::{ClaimedManifest, Manifest};
use super::provider::BoxFuture;
use super::store::{KeysRecord, Purpose};
use crate::context::FirmId;

pub use file::FileAnchor;

/// Keeps the head of every firm's record where whoever writes the key store can't write: another account's object
/// store or table, another machine's file ([`FileAnchor`]).
///
/// A vault asks it before each load and moves it on before it uses a record that is newer. Implement it for a place of
/// your own: a conditional put of one item a firm is enough, see the guide.
///
/// # Security
/// Heads are neither secret nor authenticated: the place is what they rest on. Who can write it can make firms be
/// refused, and can hide a roll-back from cold processes; they can't forge a record.
pub trait Anchor: Send + Sync + 'static {
    /// The firms' heads, in their order, `None` where there is none. One round trip where the place allows.
    fn heads<'a>(&'a self, firms: &'a [FirmId]) -> BoxFuture<'a, Result<Vec<Option<Head>>, AnchorError>>;

    /// Puts `head` in the place of the firm's, durably, unless [`Head::is_behind`] the one that is there; then nothing is
    /// done. Two callers at once must not end with the lower one: compare and set.
    ///
    /// # Errors
    /// [`AnchorError::Forked`] when another head of the same generation is there.
    fn advance<'a>(&'a self, firm: &'a FirmId, head: &'a Head) -> BoxFuture<'a, Result<(), AnchorError>>;
}

/// The head of a firm's record: enough to tell an older or another one. No key.
///
/// Its `Display` is one line without the firm, such as `7 3f…(64 hex digits) 3 1`, which `FromStr` reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Head {
    /// Counts the changes of the record.
    pub generation: u64,
    /// The manifest's SHA-256; `None` for a shredded firm.
    pub manifest: Option<[u8; 32]>,
    /// The highest data-key version that was ever given: no restored store gives it again.
    pub data: u32,
    /// The highest index-key version that was ever given.
    pub index: u32,
}

/// What a vault does with loads while the anchor can't be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum AnchorOutage {
    /// Cold loads fail; firms whose keys are held go on. Who can cut off the anchor and write the store gains nothing.
    #[default]
    Refuse,
    /// Loads go on with what this process has seen itself, each told by a `fieldseal.anchor.outage` event.
    /// Changes are refused all the same.
    Tolerate,
}

/// An anchor that could not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnchorError {
    /// Not reached, or it failed.
    #[error("the anchor can't be reached")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// It holds something that is no head.
    #[error("the anchor holds something that is no head: {what}")]
    Malformed {
        /// Where.
        what: String,
    },
    /// Another head of the same generation is there.
    #[error("the anchor holds another head of generation {generation}")]
    Forked {
        /// The generation.
        generation: u64,
    },
}

impl AnchorError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "anchor.unavailable",
            Self::Malformed { .. } => "anchor.malformed",
            Self::Forked { .. } => "anchor.forked",
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

impl Head {
    /// The head of a verified record. Whatever is no manifest counts no version.
    pub(crate) fn of(generation: u64, keys: &KeysRecord) -> Self {
        let claimed = ClaimedManifest::parse(&keys.manifest);
        let highest = |purpose| claimed.as_ref().map_or(0, |manifest| highest(manifest.claim(), purpose));
        let manifest = Some(Sha256::digest(&keys.manifest).into());
        Self { generation, manifest, data: highest(Purpose::Data), index: highest(Purpose::Index) }
    }

    pub(crate) fn tombstone(generation: u64) -> Self {
        Self { generation, manifest: None, data: 0, index: 0 }
    }

    /// Whether `there`, which an anchor holds, is of a later generation.
    #[must_use]
    pub fn is_behind(&self, there: &Self) -> bool {
        self.generation < there.generation
    }

    /// This head and what is known besides: the later of both, with the highest version numbers of either. `None` when
    /// they are of one generation and differ.
    #[must_use]
    pub fn merged(&self, other: &Self) -> Option<Self> {
        if self.generation == other.generation && self.manifest != other.manifest {
            return None;
        }
        let later = if self.is_behind(other) { other } else { self };
        Some(Self { data: self.data.max(other.data), index: self.index.max(other.index), ..*later })
    }

    pub(crate) fn highest(&self, purpose: Purpose) -> u32 {
        match purpose {
            Purpose::Data => self.data,
            Purpose::Index => self.index,
        }
    }
}

fn highest(manifest: &Manifest, purpose: Purpose) -> u32 {
    manifest.entries.iter().filter(|entry| entry.purpose == purpose).map(|entry| entry.version).max().unwrap_or(0)
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let manifest = self.manifest.map_or("shredded".to_owned(), hex::encode);
        write!(f, "{} {manifest} {} {}", self.generation, self.data, self.index)
    }
}

impl FromStr for Head {
    type Err = AnchorError;

    fn from_str(line: &str) -> Result<Self, AnchorError> {
        let wrong = || AnchorError::Malformed { what: "a head is four words: generation, hash, two versions".into() };
        let [generation, manifest, data, index] = line.split(' ').collect::<Vec<_>>()[..] else { return Err(wrong()) };
        let mut hash = [0; 32];
        let manifest = match manifest {
            "shredded" => None,
            hex => Some(hex::decode_to_slice(hex, &mut hash).map(|()| hash).map_err(|_| wrong())?),
        };
        let number = |word: &str| word.parse::<u32>().map_err(|_| wrong());
        let generation = generation.parse().map_err(|_| wrong())?;
        Ok(Self { generation, manifest, data: number(data)?, index: number(index)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(generation: u64, hash: u8, data: u32) -> Head {
        Head { generation, manifest: Some([hash; 32]), data, index: 1 }
    }

    #[test]
    fn a_line_reads_back_and_nothing_else_does() {
        for head in [head(7, 0xAB, 3), Head::tombstone(4)] {
            assert_eq!(head.to_string().parse::<Head>().unwrap(), head);
        }
        for bad in ["", "1", "1 x 1 1", "1 shredded 1", "1 shredded 1 1 1", "-1 shredded 1 1"] {
            assert_eq!(bad.parse::<Head>().unwrap_err().code(), "anchor.malformed", "{bad}");
        }
    }

    #[test]
    fn the_later_head_stays_and_no_number_is_forgotten() {
        assert_eq!(head(5, 1, 9).merged(&head(6, 2, 3)), Some(head(6, 2, 9)));
        assert_eq!(head(6, 2, 3).merged(&head(5, 1, 9)), Some(head(6, 2, 9)));
        assert_eq!(head(5, 1, 1).merged(&head(5, 2, 1)), None);
    }
}

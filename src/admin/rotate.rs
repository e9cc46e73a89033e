//! Rotation: a fresh version takes the place of the active one, once every process could open what it seals.

mod due;
mod many;
mod unique;

use std::time::Duration;

use super::{KeyAdmin, Step};
use crate::context::FirmId;
use crate::keys::change::Opened;
use crate::keys::{KeyError, KeyState, Purpose, StateError};

pub use due::RotationPolicy;
pub use many::{RotateAll, Rotations};

/// What a rotation did, or in a dry run would do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rotation {
    /// The firm.
    pub firm: FirmId,
    /// What the versions are for.
    pub purpose: Purpose,
    /// The version that was active.
    pub old: u32,
    /// The version that took its place.
    pub new: u32,
    /// The generation of the record before.
    pub generation_before: u64,
    /// The generation of the record after.
    pub generation: u64,
    /// Time spent waiting for the other processes.
    pub waited: Duration,
}

/// Keys that can't be rotated.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum RotateError {
    /// The firm's keys can't be had or written, or the other processes not be waited for.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The states of the versions do not allow it.
    #[error("the {} key of firm {firm} can't be rotated", purpose.as_str())]
    State {
        /// The firm.
        firm: FirmId,
        /// What the key is for.
        purpose: Purpose,
        /// Why not.
        source: StateError,
    },
    /// Under two index keys one value has two terms: the database's UNIQUE would let it in twice.
    #[error(
        "`{table}.{index}` is a unique blind index, which would let a value in twice, under the old key and the new: \
         re-index it by a migration, which keeps it unique at every moment"
    )]
    UniqueIndex {
        /// The table.
        table: &'static str,
        /// The term column.
        index: &'static str,
    },
    /// Without models nobody can say whether an index is unique.
    #[error("no model is registered: register the service's models, so that unique blind indexes are known")]
    NoModels,
}

impl RotateError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Keys(error) => error.code(),
            Self::State { .. } => "rotate.state",
            Self::UniqueIndex { .. } => "rotate.unique_index",
            Self::NoModels => "rotate.no_models",
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Keys(error) if error.is_retryable())
    }
}

/// A pending version that is to take the place of the active one.
#[derive(Debug, Clone, Copy)]
struct Prepared {
    old: u32,
    new: u32,
    generation: u64,
    taken_up: bool,
}

impl KeyAdmin {
    /// Puts a fresh version in the place of the firm's active one: makes it, waits until every live process can open what it
    /// will seal, activates it, and waits until no live process seals under the old one. Two provider calls.
    ///
    /// What was sealed before stays as it is and opens as before. A call that was cut off is taken up by the next: a version
    /// that was made is not made twice. Of two operators at once both rotate, or one does what the other has begun.
    ///
    /// An index key: what is written from now on carries terms of the new version, lookups ask for both.
    ///
    /// # Errors
    /// [`RotateError`]; of an index key also where a registered model has a unique index under it.
    pub async fn rotate(&self, firm: impl Into<FirmId>, purpose: Purpose) -> Result<Rotation, RotateError> {
        self.rotate_above(firm, purpose, 0).await
    }

    /// [`rotate`](Self::rotate) to a number above `floor`: after the key store came back from a backup, the highest
    /// number that stored cells, or terms, still name.
    ///
    /// # Errors
    /// As [`rotate`](Self::rotate).
    pub async fn rotate_above(
        &self,
        firm: impl Into<FirmId>,
        purpose: Purpose,
        floor: u32,
    ) -> Result<Rotation, RotateError> {
        let firm = firm.into();
        self.check_unique(&firm, purpose)?;
        // Every record is due.
        let prepared = self.prepare(&firm, purpose, floor, &|_| true).await?;
        let prepared = prepared.ok_or_else(|| KeyError::Contended { firm: firm.clone() })?;
        let mut waited = self.timed_settle(Some(&firm)).await?;
        let generation = self.activate(&firm, purpose, prepared).await?;
        waited += self.timed_settle(Some(&firm)).await?;
        Ok(prepared.rotation(firm, purpose, generation, waited))
    }

    /// Makes the version that is to be activated, unless an earlier call has. `None`: the record is not due.
    async fn prepare(
        &self,
        firm: &FirmId,
        purpose: Purpose,
        floor: u32,
        due: &(dyn Fn(&Opened) -> bool + Sync),
    ) -> Result<Option<Prepared>, RotateError> {
        let mut taken_up = None;
        let made = self.change(firm, |opened| {
            taken_up = None;
            if !due(opened) {
                return Ok::<_, RotateError>(None);
            }
            let (old, generation) = (opened.active(purpose).version, opened.manifest.generation);
            if let Some(new) = opened.pending(purpose).filter(|pending| *pending > floor) {
                taken_up = Some(Prepared { old, new, generation, taken_up: true });
                return Ok(None);
            }
            let new = self.make(firm, purpose, floor, opened)?;
            Ok(Some(Prepared { old, new, generation, taken_up: false }))
        });
        let prepared = made.await?.or(taken_up);
        if let Some(Prepared { new: version, taken_up, .. }) = prepared {
            let step = if taken_up { Step::TakeUp { purpose, version } } else { Step::Make { purpose, version } };
            self.tell(Some(firm), step);
        }
        Ok(prepared)
    }

    fn make(&self, firm: &FirmId, purpose: Purpose, floor: u32, opened: &mut Opened) -> Result<u32, RotateError> {
        let (now, random) = (self.custody.clock().unix_seconds(), self.custody.random());
        let made = opened.add(purpose, floor, now, random).map_err(KeyError::from)?;
        made.map_err(|source| RotateError::State { firm: firm.clone(), purpose, source })
    }

    /// Activates what was prepared, unless another operator has, or has gone beyond it. Gives the record's generation.
    async fn activate(&self, firm: &FirmId, purpose: Purpose, prepared: Prepared) -> Result<u64, RotateError> {
        let version = prepared.new;
        if self.is_dry() {
            self.tell(Some(firm), Step::Activate { purpose, version, superseded: prepared.old });
            return Ok(prepared.generation + 1 + u64::from(!prepared.taken_up));
        }
        let mut found = prepared.generation;
        let activated = self.change(firm, |opened| {
            let active = opened.active(purpose).version;
            found = opened.manifest.generation;
            if opened.state(purpose, version) == Some(KeyState::Pending) && version > active {
                opened.advance(purpose, version, KeyState::Active).map_err(|source| RotateError::State {
                    firm: firm.clone(),
                    purpose,
                    source,
                })?;
                return Ok::<_, RotateError>(Some(active));
            }
            Ok(None)
        });
        let Some(superseded) = activated.await? else { return Ok(found) };
        self.tell(Some(firm), Step::Activate { purpose, version, superseded });
        Ok(found + 1)
    }

    /// Waits for the other processes, and says how long.
    async fn timed_settle(&self, firm: Option<&FirmId>) -> Result<Duration, KeyError> {
        let clock = self.custody.clock();
        let began = clock.elapsed();
        self.settle(firm).await?;
        Ok(clock.elapsed().saturating_sub(began))
    }
}

impl Prepared {
    fn rotation(self, firm: FirmId, purpose: Purpose, generation: u64, waited: Duration) -> Rotation {
        let Self { old, new, generation: generation_before, .. } = self;
        Rotation { firm, purpose, old, new, generation_before, generation, waited }
    }
}

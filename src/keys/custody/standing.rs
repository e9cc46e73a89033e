//! What operators decided of a firm: read on every load, and changed by compare-and-set.

use super::{ATTEMPTS, Custody};
use crate::context::FirmId;
use crate::keys::error::{KeyError, Tampering};
use crate::keys::live::Emptied;
use crate::keys::standing::FirmStanding;
use crate::keys::store::{Decision, FirmRecord, RecordContent};

/// A note that is about to be written, and what it says.
pub(super) struct Noted {
    pub(super) decision: Decision,
    pub(super) serial: u64,
}

impl Custody {
    /// A live firm's standing, verified and remembered.
    pub(crate) async fn standing(&self, firm: &FirmId, record: &FirmRecord) -> Result<FirmStanding, KeyError> {
        let tampered = |what| KeyError::Tampered { firm: firm.clone(), what };
        // Nothing is decided of the platform, and asking it would wait for itself.
        let Some(stored) = record.standing.as_ref().filter(|_| *firm != FirmId::Platform) else {
            return Ok(FirmStanding::new(firm));
        };
        let platform = self.slot(&FirmId::Platform).await?;
        let standing = FirmStanding::of(record, platform.ring()?.endorsement()).map_err(tampered)?;
        self.seen.note_standing(firm, standing.serial, stored).map_err(tampered)?;
        Ok(standing)
    }

    /// Refuses to load a firm that is suspended, and takes away the keys that this process may still hold.
    pub(super) async fn refuse_suspended(&self, firm: &FirmId, record: &FirmRecord) -> Result<(), KeyError> {
        if self.standing(firm, record).await?.is_suspended() {
            self.cache.revoke(firm, Emptied::Suspended);
            return Err(KeyError::Suspended { firm: firm.clone() });
        }
        Ok(())
    }

    /// The standing of a firm that has keys.
    pub(crate) async fn current_standing(&self, firm: &FirmId) -> Result<FirmStanding, KeyError> {
        firm.check()?;
        self.follow_platform().await?;
        let record = self.stored(firm).await?;
        match &record.content {
            RecordContent::Keys(_) => self.standing(firm, &record).await,
            RecordContent::Tombstone(stone) => Err(self.shredded(firm, record.generation, stone).await?),
        }
    }

    /// Edits the firm's standing until the store takes it; `None` from the edit leaves it as it is. Neither the firm's KEK nor
    /// its provider is asked (KEY-48).
    pub(crate) async fn change_standing<T, E: From<KeyError>>(
        &self,
        firm: &FirmId,
        mut edit: impl FnMut(&mut FirmStanding) -> Result<Option<T>, E>,
    ) -> Result<Option<T>, E> {
        firm.check().map_err(KeyError::from)?;
        self.follow_platform().await?;
        for _ in 0..ATTEMPTS {
            let record = self.stored(firm).await?;
            if let RecordContent::Tombstone(stone) = &record.content {
                return Err(self.shredded(firm, record.generation, stone).await?.into());
            }
            let mut standing = self.standing(firm, &record).await?;
            let Some(done) = edit(&mut standing)? else { return Ok(None) };
            let suspended = standing.is_suspended();
            let noted = self.note_of(&record, standing).await?;
            if self.decide(&noted).await? {
                if suspended {
                    self.cache.revoke(firm, Emptied::Suspended);
                }
                return Ok(Some(done));
            }
        }
        Err(KeyError::Contended { firm: firm.clone() }.into())
    }

    /// The next note beside `record`.
    async fn note_of(&self, record: &FirmRecord, mut standing: FirmStanding) -> Result<Noted, KeyError> {
        let firm = record.firm.clone();
        standing.serial = standing
            .serial
            .checked_add(1)
            .ok_or(KeyError::Tampered { firm: firm.clone(), what: Tampering::Standing })?;
        let platform = self.slot(&FirmId::Platform).await?;
        let ring = platform.ring()?;
        let decision = Decision {
            firm,
            platform: ring.generation(),
            generation: record.generation,
            expected: record.standing.clone(),
            standing: standing.encode(ring.endorsement()),
            tombstone: None,
        };
        Ok(Noted { decision, serial: standing.serial })
    }

    /// Writes a decision by compare-and-set. `false` also when the platform has changed; the change is then known here.
    pub(crate) async fn set(&self, decision: &Decision) -> Result<bool, KeyError> {
        let won = self.store.decide(decision).await?;
        if !won {
            self.follow_platform().await?;
        }
        Ok(won)
    }

    async fn decide(&self, noted: &Noted) -> Result<bool, KeyError> {
        let won = self.set(&noted.decision).await?;
        if won {
            let remembered = self.seen.note_standing(&noted.decision.firm, noted.serial, &noted.decision.standing);
            // Somebody has seen a later one already.
            drop(remembered);
        }
        Ok(won)
    }
}

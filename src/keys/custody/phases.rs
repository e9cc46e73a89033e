//! The phases of migrations: a note beside the platform's record, read with it and changed by compare-and-set
//! (spec/migration.md, The note).

use super::{ATTEMPTS, Custody};
use crate::context::FirmId;
use crate::keys::error::{KeyError, Tampering};
use crate::keys::phases::{PhaseBoard, Phases};
use crate::keys::store::{Decision, FirmRecord};
use crate::secret::EndorsementKey;

/// Puts the note beside the platform's record on the board, or blanks it.
pub(super) fn post(board: &PhaseBoard, record: &FirmRecord, platform: &EndorsementKey) -> Result<(), Tampering> {
    let taken = read(record, platform).map(|phases| board.take(phases));
    match taken {
        Some(true) => Ok(()),
        refused => {
            board.blank();
            let why = if refused.is_none() { "it is not authentic" } else { "it is older than one seen before" };
            tracing::error!(
                name: "fieldseal.phases.refused",
                why,
                "the note of migrations' phases does not hold up: models in transit are refused"
            );
            Err(Tampering::Phases)
        }
    }
}

/// What a record says of phases; `None`: a forgery.
fn read(record: &FirmRecord, platform: &EndorsementKey) -> Option<Phases> {
    match &record.standing {
        None => Some(Phases::default()),
        Some(stored) => Phases::decode(platform, stored),
    }
}

impl Custody {
    /// The phases as the store holds them now.
    pub(crate) async fn phases(&self) -> Result<Phases, KeyError> {
        Ok(self.phases_and_record().await?.0)
    }

    /// Edits the phases until the store takes them; `None` from the edit leaves them as they are.
    pub(crate) async fn change_phases<T, E: From<KeyError>>(
        &self,
        mut edit: impl FnMut(&mut Phases) -> Result<Option<T>, E>,
    ) -> Result<Option<T>, E> {
        for _ in 0..ATTEMPTS {
            let (mut phases, record) = self.phases_and_record().await?;
            let Some(done) = edit(&mut phases)? else { return Ok(None) };
            phases.serial = phases.serial.checked_add(1).ok_or_else(tampered)?;
            if self.set(&self.decision(&record, &phases).await?).await? {
                return Ok(Some(done));
            }
        }
        Err(KeyError::Contended { firm: FirmId::Platform }.into())
    }

    async fn phases_and_record(&self) -> Result<(Phases, FirmRecord), KeyError> {
        self.follow_platform().await?;
        let record = self.stored(&FirmId::Platform).await?;
        let platform = self.slot(&FirmId::Platform).await?;
        let ring = platform.ring()?;
        if ring.generation() != record.generation {
            return Err(KeyError::Contended { firm: FirmId::Platform });
        }
        let phases = read(&record, ring.endorsement()).ok_or_else(tampered)?;
        post(&self.phases, &record, ring.endorsement()).map_err(|_| tampered())?;
        Ok((phases, record))
    }

    async fn decision(&self, record: &FirmRecord, phases: &Phases) -> Result<Decision, KeyError> {
        let platform = self.slot(&FirmId::Platform).await?;
        let standing = phases.encode(platform.ring()?.endorsement());
        Ok(Decision {
            firm: FirmId::Platform,
            platform: record.generation,
            generation: record.generation,
            expected: record.standing.clone(),
            standing,
            tombstone: None,
        })
    }
}

fn tampered() -> KeyError {
    KeyError::Tampered { firm: FirmId::Platform, what: Tampering::Phases }
}

//! Whose word a backup's records rest on, and whose they rest on once they are restored (REC-15).

use std::sync::Arc;

use super::RestoreError;
use crate::context::FirmId;
use crate::keys::custody::Custody;
use crate::keys::custody::reinsert::vouched;
use crate::keys::hierarchy::{MasterKeys, follows_platform};
use crate::keys::manifest::{ClaimedManifest, Tombstone};
use crate::keys::restamp::restamp;
use crate::keys::{FirmRecord, KeyError, KeysRecord, RecordContent, Tampering};
use crate::secret::EndorsementKey;

/// The platform of the backup and that of the store.
pub(super) struct Platforms {
    pub(super) backup: MasterKeys,
    /// `None` where the two have one key.
    pub(super) store: Option<Arc<MasterKeys>>,
}

impl Platforms {
    /// Tells the store's platform apart from another one. The backup's record of it is written before, if none is there.
    pub(super) async fn of(custody: &Custody, backup: MasterKeys) -> Result<Self, RestoreError> {
        let platform = FirmId::Platform;
        let Some(record) = custody.unchecked(&platform).await? else {
            return Ok(Self { backup, store: None });
        };
        let tampered = |what| KeyError::Tampered { firm: FirmId::Platform, what };
        let RecordContent::Keys(keys) = record.content.clone() else {
            return Err(tampered(Tampering::Tombstone).into());
        };
        let opened = custody.open_unchecked(&platform, &record, keys).await?;
        if opened.derived.commitment == backup.commitment {
            return Ok(Self { backup, store: None });
        }
        let (derived, predecessor) = (opened.derived, opened.manifest.predecessor);
        if derived.version() == backup.version().saturating_add(1)
            && follows_platform(&backup, &derived.commitment, &predecessor)
        {
            return Ok(Self { backup, store: Some(derived) });
        }
        Err(RestoreError::OtherPlatform)
    }

    /// The record as it is to be stored: with the word of the store's platform.
    pub(super) fn take_over(&self, record: &FirmRecord) -> Result<FirmRecord, RestoreError> {
        let refused = |what| RestoreError::Record { firm: record.firm.clone(), what };
        let mut record = self.noted(record)?;
        match &mut record.content {
            RecordContent::Keys(keys) => {
                if !self.is_vouched(&record.firm, keys) {
                    return Err(refused(Tampering::NotEndorsed));
                }
                if let Some(word) =
                    self.store.as_ref().and_then(|store| vouched(&record.firm, keys, &store.endorsement))
                {
                    keys.master.endorsement = word;
                }
            }
            RecordContent::Tombstone(stone) => {
                let read = self.stone(&record.firm, record.generation, stone);
                let read = read.ok_or_else(|| refused(Tampering::Tombstone))?;
                *stone = read.encode(self.word());
            }
        }
        Ok(record)
    }

    /// The tombstone of a generation above the one that the store has: the firm was used again after a roll-back.
    pub(super) fn buried_above(&self, record: &FirmRecord, stored: u64) -> Option<FirmRecord> {
        let RecordContent::Tombstone(stone) = &record.content else { return None };
        let when = self.stone(&record.firm, record.generation, stone)?.when;
        let stone = Tombstone { firm: record.firm.clone(), generation: stored.checked_add(1)?, when };
        let content = RecordContent::Tombstone(stone.encode(self.word()));
        Some(FirmRecord { firm: record.firm.clone(), generation: stone.generation, content, standing: None })
    }

    /// The record with its note under the store's platform.
    fn noted(&self, record: &FirmRecord) -> Result<FirmRecord, RestoreError> {
        let what = match record.content {
            RecordContent::Keys(_) => Tampering::Standing,
            RecordContent::Tombstone(_) => Tampering::Certificate,
        };
        let word = self.word();
        let note = restamp(record, &self.backup.endorsement, word);
        if record.standing.is_some() && note.is_none() {
            return Err(RestoreError::Record { firm: record.firm.clone(), what });
        }
        Ok(FirmRecord { standing: note, ..record.clone() })
    }

    /// What the platform of the store vouches by.
    fn word(&self) -> &EndorsementKey {
        self.store.as_ref().map_or(&self.backup.endorsement, |store| &store.endorsement)
    }

    fn stone(&self, firm: &FirmId, generation: u64, stone: &[u8]) -> Option<Tombstone> {
        let stone = Tombstone::decode(&self.backup.endorsement, stone)?;
        (stone.firm == *firm && stone.generation == generation).then_some(stone)
    }

    fn is_vouched(&self, firm: &FirmId, keys: &KeysRecord) -> bool {
        // Public values: no timing tells a secret.
        let word = vouched(firm, keys, &self.backup.endorsement);
        let agrees = ClaimedManifest::parse(&keys.manifest).is_ok_and(|manifest| {
            let claim = manifest.claim();
            (claim.master_version, &claim.provider, &claim.kek)
                == (keys.master.version, &keys.master.provider, &keys.master.kek)
        });
        agrees && word.is_some_and(|word| word == keys.master.endorsement)
    }
}

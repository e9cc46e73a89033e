//! One record of a backup, written where it is to be written (spec/recovery.md, REC-11 to REC-15).

use super::outcome::has_newer_standing;
use super::platform::Platforms;
use super::{Difference, Outcome, Overwrite, RestoreError, Restored};
use crate::admin::{KeyAdmin, Step};
use crate::context::FirmId;
use crate::keys::store::Decision;
use crate::keys::{FirmRecord, KeyError, RecordContent};

impl KeyAdmin {
    /// Writes one record where it is to be written.
    pub(super) async fn put(
        &self,
        record: &FirmRecord,
        platforms: &Platforms,
        overwrite: Overwrite,
        restored: &mut Restored,
    ) -> Result<(), RestoreError> {
        let firm = &record.firm;
        for _ in 0..ATTEMPTS {
            let stored = self.custody.unchecked(firm).await?;
            let outcome = Outcome::of(stored.as_ref(), record, overwrite);
            let above = stored.as_ref().filter(|stored| outcome.writes() && stored.generation >= record.generation);
            let above = above.and_then(|stored| platforms.buried_above(record, stored.generation));
            let record = above.as_ref().unwrap_or(record);
            if outcome.writes() && !self.is_dry() && !self.write(outcome, stored.as_ref(), record).await? {
                continue;
            }
            let left = stored.as_ref().filter(|_| !outcome.writes());
            self.report(firm, outcome, left.unwrap_or(record).generation, restored).await?;
            return Ok(());
        }
        Err(KeyError::Contended { firm: firm.clone() }.into())
    }

    /// `false`: the store has changed meanwhile.
    async fn write(
        &self,
        outcome: Outcome,
        stored: Option<&FirmRecord>,
        record: &FirmRecord,
    ) -> Result<bool, KeyError> {
        let firm = &record.firm;
        // In the place of a platform that is only now put there nothing is vouched for yet.
        let Some(platform) = self.vouching(record).await? else {
            return Err(KeyError::Contended { firm: firm.clone() });
        };
        self.custody.anchor_is_there(firm).await?;
        let expected = stored.map(|stored| stored.generation);
        if outcome.writes_record() && !self.custody.write(platform, expected, record).await? {
            return Ok(false);
        }
        let noted = match (stored, platform) {
            (Some(stored), Some(platform)) => self.put_note(platform, stored, record).await?,
            _ => true,
        };
        self.custody.revoke(firm);
        // Whoever noted something beside a record that was just written knew of it, and knows better.
        Ok(noted || outcome.writes_record())
    }

    /// The note beside a record that took another's place: the certificate of a shredded firm; a live firm's standing
    /// where the backup's is the later one.
    async fn put_note(&self, platform: u64, stored: &FirmRecord, record: &FirmRecord) -> Result<bool, KeyError> {
        let buried = matches!(record.content, RecordContent::Tombstone(_));
        let note = record.standing.clone().filter(|_| buried || has_newer_standing(stored, record));
        let Some(standing) = note else { return Ok(true) };
        let (firm, generation, expected) = (record.firm.clone(), record.generation, stored.standing.clone());
        let decision = Decision { firm, platform, generation, expected, standing, tombstone: None };
        self.custody.set(&decision).await
    }

    /// The generation of the platform whose word the record holds, as the store has it now.
    #[allow(clippy::option_option, reason = "the inner one is what `write` takes")]
    async fn vouching(&self, record: &FirmRecord) -> Result<Option<Option<u64>>, KeyError> {
        self.custody.follow_platform().await.or_else(|error| match error {
            KeyError::NotInitialized if record.firm == FirmId::Platform => Ok(()),
            error => Err(error),
        })?;
        self.custody.vouching(record).await
    }

    async fn report(
        &self,
        firm: &FirmId,
        outcome: Outcome,
        now: u64,
        restored: &mut Restored,
    ) -> Result<(), RestoreError> {
        let behind = self.custody.seen_beyond(firm, now).await?;
        restored.written += u64::from(outcome.writes());
        self.tell(Some(firm), Step::Restore { outcome });
        if behind.is_some() || !matches!(outcome, Outcome::Added | Outcome::Same) {
            restored.differences.push(Difference { firm: firm.clone(), outcome, behind });
        }
        Ok(())
    }
}

/// Times that a record is tried whose firm is changed meanwhile.
const ATTEMPTS: usize = 5;

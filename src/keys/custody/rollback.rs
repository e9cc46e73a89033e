//! An operator's word that a record which was rolled back is the one to go on with (spec/recovery.md, REC-22).

use super::Custody;
use crate::context::FirmId;
use crate::keys::error::KeyError;
use crate::keys::store::RecordContent;

impl Custody {
    /// Writes the stored record under a generation above every one that was seen. The generations before and after;
    /// `None`: nothing was rolled back.
    pub(crate) async fn accept_rollback(&self, firm: &FirmId) -> Result<Option<(u64, u64)>, KeyError> {
        firm.check()?;
        self.anchor_is_there(firm).await?;
        let missing = || match firm {
            FirmId::Platform => KeyError::NotInitialized,
            _ => KeyError::UnknownFirm { firm: firm.clone() },
        };
        let record = self.unchecked(firm).await?.ok_or_else(missing)?;
        let RecordContent::Keys(keys) = record.content.clone() else {
            return Err(self.stored(firm).await.err().unwrap_or_else(|| KeyError::Shredded { firm: firm.clone() }));
        };
        // A tombstone is never undone, also when only the anchor remembers it.
        if self.seen.is_buried(firm) {
            return Err(KeyError::Shredded { firm: firm.clone() });
        }
        let seen = self.seen.generation(firm).unwrap_or(0);
        if record.generation >= seen {
            return Ok(None);
        }
        let mut opened = self.open_unchecked(firm, &record, keys).await?;
        let next = opened.record_above(seen).ok_or_else(|| KeyError::Contended { firm: firm.clone() })?;
        if !self.write(opened.platform, Some(record.generation), &next).await? {
            return Err(KeyError::Contended { firm: firm.clone() });
        }
        self.take_over(firm, opened, &next).await?;
        Ok(Some((record.generation, next.generation)))
    }
}

//! The platform's word for firms, which another process may change at any moment (KEY-9).

use super::Custody;
use crate::context::FirmId;
use crate::keys::error::{KeyError, Tampering};
use crate::keys::store::FirmRecord;

impl Custody {
    /// The generation of the platform that this process holds, whose word a firm's record rests on; `None` for the
    /// platform's own.
    pub(crate) async fn platform_for(&self, firm: &FirmId) -> Result<Option<u64>, KeyError> {
        match firm {
            FirmId::Platform => Ok(None),
            _ => Ok(Some(self.slot(&FirmId::Platform).await?.ring()?.generation())),
        }
    }

    /// The generation of the platform that this process holds, if it does.
    pub(crate) fn platform_held(&self) -> Option<u64> {
        self.held(&FirmId::Platform).ring().ok().map(|ring| ring.generation())
    }

    /// Writes a firm's record by compare-and-set. `false` also when the platform has changed since the generation
    /// `platform`, on whose word the record rests; the change is then known to this process.
    pub(crate) async fn write(
        &self,
        platform: Option<u64>,
        expected: Option<u64>,
        record: &FirmRecord,
    ) -> Result<bool, KeyError> {
        let Some(platform) = platform else { return Ok(self.store.replace(expected, record).await?) };
        let won = self.store.replace_under(platform, expected, record).await?;
        if !won {
            self.follow_platform().await?;
        }
        Ok(won)
    }

    /// The record to be read once more after `error`, if the platform has changed since this process held it as of the
    /// generation `before`: what was found without its word may have it now. Otherwise the error.
    pub(crate) async fn vouched_anew(
        &self,
        record: &FirmRecord,
        before: Option<u64>,
        error: KeyError,
    ) -> Result<FirmRecord, KeyError> {
        let unvouched = matches!(
            error,
            KeyError::Tampered {
                what: Tampering::NotEndorsed | Tampering::Tombstone | Tampering::Standing | Tampering::Certificate,
                ..
            }
        );
        if !unvouched || record.firm == FirmId::Platform {
            return Err(error);
        }
        self.follow_platform().await?;
        let again = self.stored(&record.firm).await?;
        let unchanged = again == *record && (before.is_none() || self.platform_held() == before);
        if unchanged { Err(error) } else { Ok(again) }
    }

    /// Takes over the platform's record, if the store holds a later one. Open sessions keep their keys meanwhile.
    pub(crate) async fn follow_platform(&self) -> Result<(), KeyError> {
        let _alone = self.following.lock().await;
        let slot = self.slot(&FirmId::Platform).await?;
        let record = self.stored(&FirmId::Platform).await?;
        if record.generation > slot.ring()?.generation() {
            slot.renew(self.open(&FirmId::Platform, &record).await?);
        }
        Ok(())
    }
}

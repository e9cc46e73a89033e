//! The end of a firm's keys: in the store, and in this process.

use super::kept::Kept;
use super::{ATTEMPTS, Custody};
use crate::context::FirmId;
use crate::keys::cache::KeyCache;
use crate::keys::error::{KeyError, Tampering};
use crate::keys::live::Emptied;
use crate::keys::manifest::Tombstone;
use crate::keys::store::{FirmRecord, RecordContent};

impl Custody {
    /// The error that an authentic tombstone means. The firm's keys are dropped, if another process shredded it.
    pub(crate) async fn shredded(&self, firm: &FirmId, generation: u64, stone: &[u8]) -> Result<KeyError, KeyError> {
        let forged = KeyError::Tampered { firm: firm.clone(), what: Tampering::Tombstone };
        // Nothing could vouch for the platform's own, and asking the platform would wait for itself.
        if *firm == FirmId::Platform {
            return Err(forged);
        }
        let platform = self.slot(&FirmId::Platform).await?;
        let stone = Tombstone::decode(platform.ring()?.endorsement(), stone)
            .filter(|stone| stone.firm == *firm && stone.generation == generation)
            .ok_or(forged)?;
        self.seen.bury(firm, stone.generation, Kept::Tombstone { when: stone.when });
        self.cache.revoke(firm, Emptied::Shredded);
        self.advance_anchor(firm).await?;
        Ok(KeyError::Shredded { firm: firm.clone() })
    }

    /// Destroys the firm's wrapped keys in the store, leaves a tombstone, and empties its slot.
    pub(crate) async fn shred(&self, firm: &FirmId) -> Result<(), KeyError> {
        firm.check()?;
        if *firm == FirmId::Platform {
            return Err(KeyError::PlatformShred);
        }
        let platform = self.slot(&FirmId::Platform).await?;
        for _ in 0..ATTEMPTS {
            let record = self.record(firm).await?.ok_or_else(|| KeyError::UnknownFirm { firm: firm.clone() })?;
            if let RecordContent::Tombstone(stone) = &record.content {
                return Err(self.shredded(firm, record.generation, stone).await?);
            }
            let generation = record
                .generation
                .checked_add(1)
                .ok_or_else(|| KeyError::Tampered { firm: firm.clone(), what: Tampering::Disagree("generation") })?;
            let stone = Tombstone { firm: firm.clone(), generation, when: self.clock.unix_seconds() };
            let content = RecordContent::Tombstone(stone.encode(platform.ring()?.endorsement()));
            let buried = FirmRecord { firm: firm.clone(), generation, content };
            self.anchor_is_there(firm).await?;
            let mut dropped = DropKeys { cache: &self.cache, firm, why: Emptied::Revoked };
            if self.store.replace(Some(record.generation), &buried).await? {
                self.seen.bury(firm, generation, Kept::Tombstone { when: stone.when });
                dropped.why = Emptied::Shredded;
                return self.advance_anchor(firm).await;
            }
        }
        Err(KeyError::Contended { firm: firm.clone() })
    }

    /// Empties the firm's slot in this process: open sessions fail at their next cell, the next session loads again.
    pub(crate) fn revoke(&self, firm: &FirmId) {
        self.cache.revoke(firm, Emptied::Revoked);
    }
}

/// Drops the firm's keys at its end, also when the caller gives up waiting, or when the store fails: what was sent to
/// it may have been done.
struct DropKeys<'a> {
    cache: &'a KeyCache,
    firm: &'a FirmId,
    why: Emptied,
}

impl Drop for DropKeys<'_> {
    fn drop(&mut self) {
        self.cache.revoke(self.firm, self.why);
    }
}

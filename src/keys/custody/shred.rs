//! The end of a firm's keys: in the store, and in this process.

use super::kept::Kept;
use super::{ATTEMPTS, Custody};
use crate::context::FirmId;
use crate::keys::cache::KeyCache;
use crate::keys::certificate::Certified;
use crate::keys::error::{KeyError, Tampering};
use crate::keys::keyring::Keyring;
use crate::keys::live::Emptied;
use crate::keys::manifest::Tombstone;
use crate::keys::standing::FirmStanding;
use crate::keys::store::{Decision, FirmRecord, KeysRecord, RecordContent};

/// A live firm as it is about to be shredded.
pub(crate) struct Doomed<'a> {
    pub(crate) standing: &'a FirmStanding,
    pub(crate) keys: &'a KeysRecord,
    /// Of the tombstone.
    pub(crate) generation: u64,
    /// Unix seconds.
    pub(crate) when: u64,
}

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

    /// Destroys the firm's wrapped keys in the store, leaves a tombstone and the certificate that `certify` writes, and empties
    /// its slot. A hold refuses it (KEY-60); `certify` may refuse it too.
    pub(crate) async fn shred<E: From<KeyError>>(
        &self,
        firm: &FirmId,
        certify: impl Fn(&Doomed<'_>) -> Result<String, E>,
    ) -> Result<(), E> {
        firm.check().map_err(KeyError::from)?;
        if *firm == FirmId::Platform {
            return Err(KeyError::PlatformShred.into());
        }
        self.follow_platform().await?;
        let platform = self.slot(&FirmId::Platform).await?;
        for _ in 0..ATTEMPTS {
            let record = self.stored(firm).await?;
            let keys = match &record.content {
                RecordContent::Tombstone(stone) => {
                    return Err(self.shredded(firm, record.generation, stone).await?.into());
                }
                RecordContent::Keys(keys) => keys,
            };
            let standing = self.standing(firm, &record).await?;
            let doomed = self.doomed(&record, keys, &standing)?;
            let body = certify(&doomed)?;
            let decision = {
                let ring = platform.ring()?;
                burial(&record, &doomed, body, &ring)
            };
            let mut dropped = DropKeys { cache: &self.cache, firm, why: Emptied::Revoked };
            self.anchor_is_there(firm).await?;
            if self.set(&decision).await? {
                self.seen.bury(firm, doomed.generation, Kept::Tombstone { when: doomed.when });
                dropped.why = Emptied::Shredded;
                return self.advance_anchor(firm).await.map_err(E::from);
            }
        }
        Err(KeyError::Contended { firm: firm.clone() }.into())
    }

    /// Looks at a live firm as [`shred`](Self::shred) would.
    pub(crate) async fn doom<E: From<KeyError>>(
        &self,
        firm: &FirmId,
        look: impl FnOnce(&Doomed<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.follow_platform().await?;
        let record = self.stored(firm).await?;
        let RecordContent::Keys(keys) = &record.content else {
            return Err(KeyError::Shredded { firm: firm.clone() }.into());
        };
        let standing = self.standing(firm, &record).await?;
        look(&self.doomed(&record, keys, &standing)?)
    }

    /// Refuses a firm under a hold.
    fn doomed<'a>(
        &self,
        record: &FirmRecord,
        keys: &'a KeysRecord,
        standing: &'a FirmStanding,
    ) -> Result<Doomed<'a>, KeyError> {
        let firm = || record.firm.clone();
        if !standing.holds.is_empty() {
            return Err(KeyError::Held { firm: firm(), holds: standing.hold_ids() });
        }
        let generation = record
            .generation
            .checked_add(1)
            .ok_or_else(|| KeyError::Tampered { firm: firm(), what: Tampering::Disagree("generation") })?;
        Ok(Doomed { standing, keys, generation, when: self.clock.unix_seconds() })
    }

    /// A shredded firm's record, and the certificate that lies there.
    pub(crate) async fn certified(&self, firm: &FirmId) -> Result<Option<(FirmRecord, Certified)>, KeyError> {
        firm.check()?;
        self.follow_platform().await?;
        let record = self.stored(firm).await?;
        let RecordContent::Tombstone(stone) = &record.content else { return Ok(None) };
        self.shredded(firm, record.generation, stone).await?;
        let platform = self.slot(&FirmId::Platform).await?;
        let ring = platform.ring()?;
        let stored = record.standing.as_deref().and_then(Certified::from_json);
        let holds = |certificate: &Certified| {
            certificate.is_authentic(ring.endorsement()) && certificate.is_of(firm, record.generation)
        };
        let Some(certificate) = stored.filter(holds) else {
            return Err(KeyError::Tampered { firm: firm.clone(), what: Tampering::Certificate });
        };
        Ok(Some((record, certificate)))
    }

    /// Puts another certificate in the place of the one that lies beside the tombstone.
    pub(crate) async fn recertify(&self, record: &FirmRecord, body: String) -> Result<bool, KeyError> {
        let platform = self.slot(&FirmId::Platform).await?;
        let decision = {
            let ring = platform.ring()?;
            Decision {
                firm: record.firm.clone(),
                platform: ring.generation(),
                generation: record.generation,
                expected: record.standing.clone(),
                standing: Certified::new(body, ring.endorsement()).to_json().into_bytes(),
                tombstone: None,
            }
        };
        self.set(&decision).await
    }

    /// The platform's word on a certificate.
    pub(crate) async fn is_certified(&self, certificate: &Certified) -> Result<bool, KeyError> {
        self.follow_platform().await?;
        let platform = self.slot(&FirmId::Platform).await?;
        Ok(certificate.is_authentic(platform.ring()?.endorsement()))
    }

    /// Empties the firm's slot in this process: open sessions fail at their next cell, the next session loads again.
    pub(crate) fn revoke(&self, firm: &FirmId) {
        self.cache.revoke(firm, Emptied::Revoked);
    }
}

fn burial(record: &FirmRecord, doomed: &Doomed<'_>, body: String, platform: &Keyring) -> Decision {
    let stone = Tombstone { firm: record.firm.clone(), generation: doomed.generation, when: doomed.when };
    Decision {
        firm: record.firm.clone(),
        platform: platform.generation(),
        generation: record.generation,
        expected: record.standing.clone(),
        standing: Certified::new(body, platform.endorsement()).to_json().into_bytes(),
        tombstone: Some(stone.encode(platform.endorsement())),
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

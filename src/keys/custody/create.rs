//! A firm's first keys.

use super::route::Wrapping;
use super::{ATTEMPTS, Creation, Custody};
use crate::context::FirmId;
use crate::keys::create::{FIRST, NewFirm};
use crate::keys::error::{KeyError, Tampering};
use crate::keys::store::{FirmRecord, RecordContent};

impl Custody {
    /// Makes the firm's first keys, unless it has some. Committed when it returns.
    pub(crate) async fn create(&self, firm: &FirmId) -> Result<Creation, KeyError> {
        firm.check()?;
        for _ in 0..ATTEMPTS {
            match self.record(firm).await? {
                // The load says so, once the platform's word for it is found good.
                Some(FirmRecord { content: RecordContent::Tombstone(_), .. }) => {
                    return self.load(firm).await.map(|_| Creation::Existed);
                }
                Some(_) => return self.made(firm).await.map(|()| Creation::Existed),
                None => {}
            }
            let platform = self.platform_for(firm).await?;
            let record = self.new_record(firm).await?;
            self.anchor_is_there(firm).await?;
            if self.write(platform, None, &record).await? {
                return self.made(firm).await.map(|()| Creation::Created);
            }
        }
        Err(KeyError::Contended { firm: firm.clone() })
    }

    /// Loads the keys of a firm that is known to have some, whatever was known a moment ago.
    async fn made(&self, firm: &FirmId) -> Result<(), KeyError> {
        self.cache.forget(firm);
        self.slot(firm).await.map(|_| ())
    }

    /// Makes the platform's keys, unless the store holds them. Firms without a platform are refused: it was removed.
    pub(crate) async fn initialize(&self) -> Result<Creation, KeyError> {
        let platform = FirmId::Platform;
        if self.record(&platform).await?.is_none() && !self.store.firms(None, 1).await?.is_empty() {
            // Another process may have made both in between; then the platform is there now.
            if self.record(&platform).await?.is_none() {
                return Err(KeyError::Tampered { firm: platform, what: Tampering::Vanished { seen: 1 } });
            }
        }
        self.create(&platform).await
    }

    async fn new_record(&self, firm: &FirmId) -> Result<FirmRecord, KeyError> {
        let platform = match firm {
            FirmId::Platform => None,
            _ => Some(self.slot(&FirmId::Platform).await?),
        };
        let providers = self.routes.of(firm)?;
        let (master, Wrapping { provider, wrapped }) = self.generate(firm, &providers, FIRST).await?;
        let ring = platform.as_ref().map(|slot| slot.ring()).transpose()?;
        let new = NewFirm {
            firm,
            provider: &provider,
            master: &master,
            wrapped,
            platform: ring.as_ref().map(|ring| ring.endorsement()),
            now: self.clock.unix_seconds(),
        };
        Ok(new.record(&*self.random)?)
    }
}

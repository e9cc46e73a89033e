//! A firm's first keys.

use std::sync::Arc;

use super::{ATTEMPTS, Creation, Custody};
use crate::context::FirmId;
use crate::keys::create::{FIRST, NewFirm};
use crate::keys::error::{KeyError, Tampering};
use crate::keys::provider::{EncryptionContext, ProviderError, ProviderErrorKind, WrappedMasterKey};
use crate::keys::store::{FirmRecord, RecordContent};

impl Custody {
    /// Makes the firm's first keys, unless it has some. Committed when it returns.
    pub(crate) async fn create(&self, firm: &FirmId) -> Result<Creation, KeyError> {
        firm.check()?;
        for _ in 0..ATTEMPTS {
            match self.record(firm).await? {
                Some(FirmRecord { content: RecordContent::Tombstone(stone), generation, .. }) => {
                    return Err(self.shredded(firm, generation, &stone).await?);
                }
                Some(_) => return self.slot(firm).await.map(|_| Creation::Existed),
                None => {}
            }
            let record = self.new_record(firm).await?;
            self.anchor_is_there(firm).await?;
            if self.store.replace(None, &record).await? {
                return self.slot(firm).await.map(|_| Creation::Created);
            }
        }
        Err(KeyError::Contended { firm: firm.clone() })
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
        let context = EncryptionContext::master_key(firm, FIRST);
        let generate = self.provider.generate(&context, &*self.random);
        let (master, wrapped) = self.call("generate", firm, generate).await?;
        self.check_kek(firm, &wrapped)?;
        let ring = platform.as_ref().map(|slot| slot.ring()).transpose()?;
        let new = NewFirm {
            firm,
            provider: self.provider.id(),
            master: &master,
            wrapped,
            platform: ring.as_ref().map(|ring| ring.endorsement()),
            now: self.clock.unix_seconds(),
        };
        Ok(new.record(&*self.random)?)
    }

    /// Refuses a key that could not be unwrapped again, before it is stored.
    pub(super) fn check_kek(&self, firm: &FirmId, wrapped: &WrappedMasterKey) -> Result<(), KeyError> {
        if self.provider.keks().contains(&wrapped.kek) {
            return Ok(());
        }
        let message = format!("it wrapped under KEK `{}`, which it does not list among its KEKs", wrapped.kek);
        let source = Arc::new(ProviderError::new(ProviderErrorKind::Internal, message));
        Err(KeyError::Provider { firm: firm.clone(), provider: self.provider.id().to_owned(), source })
    }
}

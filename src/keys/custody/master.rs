//! Changes above a firm's keys: its KEK, and its master key.

use super::route::Wrapping;
use super::{ATTEMPTS, Custody};
use crate::context::FirmId;
use crate::keys::change::Opened;
use crate::keys::error::KeyError;
use crate::keys::hierarchy::MasterKeys;
use crate::keys::live::RingGuard;
use crate::keys::provider::KekId;
use crate::keys::store::{KeysRecord, MasterKeyRecord};
use crate::secret::FirmMasterKey;

/// A KEK by its provider and its name there.
pub(crate) type Kek = (String, KekId);

impl Custody {
    /// Puts the firm's master key under the KEK that the configuration gives it first. `None`: it lies there already.
    /// `dry`: every step is done, and nothing is written.
    pub(crate) async fn rewrap(&self, firm: &FirmId, dry: bool) -> Result<Option<(Kek, Kek)>, KeyError> {
        let providers = self.routes.of(firm)?;
        for _ in 0..ATTEMPTS {
            let mut opened = self.opened(firm).await?;
            let from = (opened.manifest.provider.clone(), opened.manifest.kek.clone());
            if providers.is_current(&from.0, &from.1) {
                return Ok(None);
            }
            let version = opened.manifest.master_version;
            let wrapping = self.wrap(firm, &providers, version, &opened.master).await?;
            self.check_unwraps(firm, version, &wrapping, &opened.master).await?;
            let to = (wrapping.provider.clone(), wrapping.wrapped.kek.clone());
            opened.rewrap(wrapping, self.voucher(firm).await?.as_deref());
            if dry || self.commit(firm, opened).await? {
                return Ok(Some((from, to)));
            }
        }
        Err(KeyError::Contended { firm: firm.clone() })
    }

    /// Puts a fresh master key in the place of the firm's. The versions before and after.
    pub(crate) async fn rotate_master(&self, firm: &FirmId, dry: bool) -> Result<(u32, u32), KeyError> {
        for _ in 0..ATTEMPTS {
            let mut opened = self.opened(firm).await?;
            let from = opened.manifest.master_version;
            self.succeed(firm, &mut opened).await?;
            let to = opened.manifest.master_version;
            if dry || self.commit(firm, opened).await? {
                return Ok((from, to));
            }
        }
        Err(KeyError::Contended { firm: firm.clone() })
    }

    /// Gives the opened record its next master key.
    pub(super) async fn succeed(&self, firm: &FirmId, opened: &mut Opened) -> Result<(), KeyError> {
        let spent = || KeyError::MasterNumbersSpent { firm: firm.clone() };
        let version = opened.manifest.master_version.checked_add(1).ok_or_else(spent)?;
        let (next, wrapping) = self.generate(firm, &*self.routes.of(firm)?, version).await?;
        self.check_unwraps(firm, version, &wrapping, &next).await?;
        let voucher = self.voucher(firm).await?;
        opened.succeed(next, wrapping, voucher.as_deref()).map_err(|_| spent())
    }

    /// Has the provider unwrap what it wrapped, before anything rests on it: the service may be allowed to encrypt under
    /// a KEK, and not to decrypt.
    async fn check_unwraps(
        &self,
        firm: &FirmId,
        version: u32,
        wrapping: &Wrapping,
        key: &FirmMasterKey,
    ) -> Result<(), KeyError> {
        let master = MasterKeyRecord {
            version,
            provider: wrapping.provider.clone(),
            kek: wrapping.wrapped.kek.clone(),
            wrapped: wrapping.wrapped.bytes.clone(),
            endorsement: Vec::new(),
        };
        let again = self.unwrap(firm, &KeysRecord { master, manifest: Vec::new(), versions: Vec::new() }).await?;
        let commitment = |key| MasterKeys::new(firm, version, key).commitment;
        // Commitments are public values: no timing tells a secret.
        if commitment(&again) == commitment(key) { Ok(()) } else { Err(wrong_key(firm, wrapping)) }
    }

    /// The platform's keys, which vouch for the firm's; `None` for its own.
    pub(super) async fn voucher(&self, firm: &FirmId) -> Result<Option<RingGuard>, KeyError> {
        match firm {
            FirmId::Platform => Ok(None),
            _ => self.slot(&FirmId::Platform).await?.ring().map(Some),
        }
    }
}

fn wrong_key(firm: &FirmId, wrapping: &Wrapping) -> KeyError {
    use crate::keys::provider::{ProviderError, ProviderErrorKind};
    let message = "it unwraps another key than it wrapped: nothing was changed";
    let source = ProviderError::new(ProviderErrorKind::Internal, message).into();
    KeyError::Provider { firm: firm.clone(), provider: wrapping.provider.clone(), source }
}

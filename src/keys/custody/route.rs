//! Which provider is asked for a firm, and who stands in for it (KEY-42).

use std::sync::Arc;

use super::Custody;
use crate::context::FirmId;
use crate::keys::error::KeyError;
use crate::keys::provider::{EncryptionContext, ProviderError, ProviderErrorKind, WrappedMasterKey};
use crate::keys::providers::{Holder, Providers, Replica};
use crate::keys::store::{KeysRecord, MasterKeyRecord};
use crate::secret::FirmMasterKey;

/// A wrapped master key, and the provider that wrapped it.
pub(crate) struct Wrapping {
    pub(crate) provider: String,
    pub(crate) wrapped: WrappedMasterKey,
}

impl Custody {
    pub(crate) async fn unwrap(&self, firm: &FirmId, keys: &KeysRecord) -> Result<FirmMasterKey, KeyError> {
        let MasterKeyRecord { version, provider, kek, wrapped, .. } = &keys.master;
        let providers = self.routes.of(firm)?;
        let context = EncryptionContext::master_key(firm, *version);
        let mut tried = Tried::new(self, firm, providers.holders(provider, kek));
        while let Some(holder) = tried.next() {
            let wrapped = WrappedMasterKey { kek: holder.kek.clone(), bytes: wrapped.clone() };
            let provider = &holder.replica.provider;
            let key = self.call("unwrap", firm, tried.way(holder), || provider.unwrap(&context, &wrapped)).await;
            if let Some(key) = tried.answer(holder, key) {
                return key;
            }
        }
        // KEY-26: nobody was called.
        Err(KeyError::ForeignKek { firm: firm.clone(), provider: provider.clone(), kek: kek.clone() })
    }

    /// A fresh master key of this version under the first KEK of the first provider that answers.
    pub(crate) async fn generate(
        &self,
        firm: &FirmId,
        providers: &Providers,
        version: u32,
    ) -> Result<(FirmMasterKey, Wrapping), KeyError> {
        let context = EncryptionContext::master_key(firm, version);
        let mut tried = Tried::new(self, firm, providers.wrapping());
        while let Some(holder) = tried.next() {
            let provider = &holder.replica.provider;
            let made =
                self.call("generate", firm, tried.way(holder), || provider.generate(&context, &*self.random)).await;
            if let Some(made) = tried.answer(holder, made) {
                let (key, wrapped) = made?;
                return Ok((key, wrapping(firm, holder, wrapped)?));
            }
        }
        Err(no_provider(firm))
    }

    /// Wraps a master key of this version under the first KEK of the first provider that answers.
    pub(crate) async fn wrap(
        &self,
        firm: &FirmId,
        providers: &Providers,
        version: u32,
        key: &FirmMasterKey,
    ) -> Result<Wrapping, KeyError> {
        let context = EncryptionContext::master_key(firm, version);
        let mut tried = Tried::new(self, firm, providers.wrapping());
        while let Some(holder) = tried.next() {
            let provider = &holder.replica.provider;
            let wrapped = self.call("wrap", firm, tried.way(holder), || provider.wrap(&context, key)).await;
            if let Some(wrapped) = tried.answer(holder, wrapped) {
                return wrapping(firm, holder, wrapped?);
            }
        }
        Err(no_provider(firm))
    }
}

/// The replicas of one KEK, in the order in which they are asked: those that could not be reached a moment ago last.
struct Tried<'a> {
    custody: &'a Custody,
    firm: &'a FirmId,
    left: std::vec::IntoIter<Holder<'a>>,
}

impl<'a> Tried<'a> {
    fn new(custody: &'a Custody, firm: &'a FirmId, mut holders: Vec<Holder<'a>>) -> Self {
        let now = custody.clock.elapsed();
        holders.sort_by_key(|holder| holder.replica.rests(now));
        Self { custody, firm, left: holders.into_iter() }
    }

    fn next(&mut self) -> Option<Holder<'a>> {
        self.left.next()
    }

    /// The replica, and whether there are others to be asked after it.
    fn way(&self, holder: Holder<'a>) -> (&'a Replica, bool) {
        (holder.replica, !self.left.as_slice().is_empty())
    }

    /// What the caller is answered; `None`: the next replica is to be asked. A refusal is an answer: the others hold the
    /// same key under the same policy, and asking them would only ask for an exception.
    fn answer<T>(&self, holder: Holder<'_>, done: Result<T, KeyError>) -> Option<Result<T, KeyError>> {
        let unreached = matches!(&done, Err(KeyError::Provider { source, .. }) if source.is_retryable());
        if !unreached {
            holder.replica.answered();
            return Some(done);
        }
        holder.replica.failed(self.custody.clock.elapsed());
        if self.left.as_slice().is_empty() {
            return Some(done);
        }
        tracing::warn!(
            name: "fieldseal.provider.fallback",
            provider = holder.replica.provider.id(),
            kek = holder.kek.as_str(),
            firm = %self.firm,
            "a key provider can't be reached, the next replica is asked"
        );
        None
    }
}

/// Refuses a key that could not be unwrapped again, before it is stored.
fn wrapping(firm: &FirmId, holder: Holder<'_>, wrapped: WrappedMasterKey) -> Result<Wrapping, KeyError> {
    let provider = holder.replica.provider.id().to_owned();
    if holder.replica.provider.keks().contains(&wrapped.kek) {
        return Ok(Wrapping { provider, wrapped });
    }
    let message = format!("it wrapped under KEK `{}`, which it does not list among its KEKs", wrapped.kek);
    let source = Arc::new(ProviderError::new(ProviderErrorKind::Internal, message));
    Err(KeyError::Provider { firm: firm.clone(), provider, source })
}

/// Providers are checked to be one at least when a vault is built, or a directory answers.
fn no_provider(firm: &FirmId) -> KeyError {
    let source = Arc::new(ProviderError::new(ProviderErrorKind::Internal, "no KEK is configured"));
    KeyError::Provider { firm: firm.clone(), provider: "none".to_owned(), source }
}

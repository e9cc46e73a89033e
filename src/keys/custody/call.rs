//! Provider calls on behalf of a firm.

use std::sync::Arc;
use std::time::Instant;

use super::Custody;
use crate::context::FirmId;
use crate::keys::error::KeyError;
use crate::keys::provider::{BoxFuture, EncryptionContext, ProviderError, WrappedMasterKey};
use crate::keys::store::KeysRecord;
use crate::secret::FirmMasterKey;

impl Custody {
    pub(crate) async fn unwrap(&self, firm: &FirmId, keys: &KeysRecord) -> Result<FirmMasterKey, KeyError> {
        let stored = &keys.master;
        if stored.provider != self.provider.id() || !self.provider.keks().contains(&stored.kek) {
            let (provider, kek) = (stored.provider.clone(), stored.kek.clone());
            return Err(KeyError::ForeignKek { firm: firm.clone(), provider, kek });
        }
        let context = EncryptionContext::master_key(firm, stored.version);
        let wrapped = WrappedMasterKey { kek: stored.kek.clone(), bytes: stored.wrapped.clone() };
        self.call("unwrap", firm, self.provider.unwrap(&context, &wrapped)).await
    }

    /// Wraps a master key that was made elsewhere, under the KEK for new ones. With the provider's id.
    #[cfg(feature = "escrow")]
    pub(crate) async fn wrap_anew(
        &self,
        firm: &FirmId,
        version: u32,
        key: &FirmMasterKey,
    ) -> Result<(String, WrappedMasterKey), KeyError> {
        let context = EncryptionContext::master_key(firm, version);
        let wrapped = self.call("wrap", firm, self.provider.wrap(&context, key)).await?;
        self.check_kek(firm, &wrapped)?;
        Ok((self.provider.id().to_owned(), wrapped))
    }

    /// Runs one provider call and reports it as one event.
    pub(crate) async fn call<T>(
        &self,
        operation: &'static str,
        firm: &FirmId,
        call: BoxFuture<'_, Result<T, ProviderError>>,
    ) -> Result<T, KeyError> {
        let began = Instant::now();
        let result = call.await;
        let outcome = result.as_ref().err().map_or("ok".to_owned(), |e| e.kind().to_string());
        tracing::info!(
            name: "fieldseal.provider.call",
            provider = self.provider.id(),
            operation,
            %firm,
            outcome,
            micros = began.elapsed().as_micros() as u64,
            "key provider called"
        );
        result.map_err(|source| KeyError::Provider {
            firm: firm.clone(),
            provider: self.provider.id().to_owned(),
            source: Arc::new(source),
        })
    }
}

//! Provider calls on behalf of a firm.

use std::sync::Arc;
use std::time::Instant;

use super::Custody;
use crate::context::FirmId;
use crate::keys::error::KeyError;
use crate::keys::provider::{BoxFuture, KeyProvider, ProviderError};

impl Custody {
    /// Runs one provider call and reports it as one event.
    pub(crate) async fn call<'c, T>(
        &self,
        operation: &'static str,
        firm: &FirmId,
        provider: &dyn KeyProvider,
        call: impl Fn() -> BoxFuture<'c, Result<T, ProviderError>>,
    ) -> Result<T, KeyError> {
        let began = Instant::now();
        let result = call().await;
        let outcome = result.as_ref().err().map_or("ok".to_owned(), |e| e.kind().to_string());
        tracing::info!(
            name: "fieldseal.provider.call",
            provider = provider.id(),
            operation,
            %firm,
            outcome,
            micros = began.elapsed().as_micros() as u64,
            "key provider called"
        );
        result.map_err(|source| KeyError::Provider {
            firm: firm.clone(),
            provider: provider.id().to_owned(),
            source: Arc::new(source),
        })
    }
}

//! Provider calls on behalf of a firm.

use std::sync::Arc;

use super::Custody;
use crate::context::FirmId;
use crate::keys::calls::Purpose;
use crate::keys::error::KeyError;
use crate::keys::provider::{BoxFuture, KeyProvider, ProviderError, ProviderErrorKind};
use crate::keys::providers::Replica;

impl Custody {
    /// Calls a provider within its limits. Each attempt is one call of `attempt` and one event. `others`: there is another
    /// replica to be asked when this one can't be reached.
    ///
    /// It runs in the background: a provider's connections then belong to one runtime, whoever calls.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        operation: &'static str,
        firm: &FirmId,
        (replica, others): (&Replica, bool),
        attempt: impl Fn(Arc<dyn KeyProvider>) -> BoxFuture<'static, Result<T, ProviderError>> + Send + Sync + 'static,
    ) -> Result<T, KeyError> {
        let (calls, provider, of) = (self.calls.clone(), replica.provider.clone(), firm.clone());
        let door = replica.door(&calls);
        let call = async move {
            let purpose = Purpose { provider: provider.id(), operation, firm: &of, others };
            calls.call(&door, &purpose, || attempt(provider.clone())).await
        };
        let called = self.background.run(call).await;
        let ended = || Err(ProviderError::new(ProviderErrorKind::Internal, "its call was cut off"));
        called.unwrap_or_else(ended).map_err(|source| KeyError::Provider {
            firm: firm.clone(),
            provider: replica.provider.id().to_owned(),
            source: Arc::new(source),
        })
    }
}

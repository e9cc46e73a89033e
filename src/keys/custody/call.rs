//! Provider calls on behalf of a firm.

use std::sync::Arc;

use super::Custody;
use crate::context::FirmId;
use crate::keys::calls::Purpose;
use crate::keys::error::KeyError;
use crate::keys::provider::{BoxFuture, ProviderError};
use crate::keys::providers::Replica;

impl Custody {
    /// Calls a provider within its limits: `call` once an attempt, each of which is one event. `others`: there is another
    /// replica to be asked when this one can't be reached.
    pub(crate) async fn call<'c, T>(
        &self,
        operation: &'static str,
        firm: &FirmId,
        (replica, others): (&Replica, bool),
        call: impl Fn() -> BoxFuture<'c, Result<T, ProviderError>>,
    ) -> Result<T, KeyError> {
        let provider = replica.provider.id();
        let purpose = Purpose { provider, operation, firm, others };
        self.calls.call(&replica.door(&self.calls), &purpose, call).await.map_err(|source| KeyError::Provider {
            firm: firm.clone(),
            provider: provider.to_owned(),
            source: Arc::new(source),
        })
    }
}

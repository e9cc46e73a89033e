//! A provider that takes its time.

use std::time::Duration;

use fieldseal::keys::{
    BoxFuture, EncryptionContext, FirmMasterKey, KekId, KeyProvider, ProviderError, WrappedMasterKey,
};
use fieldseal::testing::TestKeys;

/// The testing provider, each unwrapping of which takes `time`.
#[derive(Clone)]
pub(crate) struct Slow {
    pub(crate) inner: TestKeys,
    pub(crate) time: Duration,
}

impl KeyProvider for Slow {
    fn id(&self) -> &str {
        "testing"
    }

    fn keks(&self) -> &[KekId] {
        self.inner.keks()
    }

    fn wrap<'a>(
        &'a self,
        context: &'a EncryptionContext,
        key: &'a FirmMasterKey,
    ) -> BoxFuture<'a, Result<WrappedMasterKey, ProviderError>> {
        self.inner.wrap(context, key)
    }

    fn unwrap<'a>(
        &'a self,
        context: &'a EncryptionContext,
        wrapped: &'a WrappedMasterKey,
    ) -> BoxFuture<'a, Result<FirmMasterKey, ProviderError>> {
        Box::pin(async move {
            tokio::time::sleep(self.time).await;
            self.inner.unwrap(context, wrapped).await
        })
    }
}

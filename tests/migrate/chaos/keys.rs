//! A key service that fails while a file says so.

use std::path::{Path, PathBuf};

use fieldseal::LocalKeys;
use fieldseal::keys::{
    BoxFuture, EncryptionContext, FirmMasterKey, KekId, KeyProvider, ProviderError, ProviderErrorKind, WrappedMasterKey,
};

pub(super) struct Unsteady {
    keys: LocalKeys,
    down: PathBuf,
}

/// The file that lets it fail.
pub(super) fn down(keys: &Path) -> PathBuf {
    keys.with_extension("down")
}

impl Unsteady {
    pub(super) fn at(keys: &Path) -> Self {
        Self { keys: LocalKeys::open_or_create(keys).unwrap(), down: down(keys) }
    }

    fn check(&self) -> Result<(), ProviderError> {
        if self.down.exists() {
            return Err(ProviderError::new(ProviderErrorKind::Unavailable, "the key service is down"));
        }
        Ok(())
    }
}

impl KeyProvider for Unsteady {
    fn id(&self) -> &str {
        self.keys.id()
    }

    fn keks(&self) -> &[KekId] {
        self.keys.keks()
    }

    fn wrap<'a>(
        &'a self,
        context: &'a EncryptionContext,
        key: &'a FirmMasterKey,
    ) -> BoxFuture<'a, Result<WrappedMasterKey, ProviderError>> {
        Box::pin(async move {
            self.check()?;
            self.keys.wrap(context, key).await
        })
    }

    fn unwrap<'a>(
        &'a self,
        context: &'a EncryptionContext,
        wrapped: &'a WrappedMasterKey,
    ) -> BoxFuture<'a, Result<FirmMasterKey, ProviderError>> {
        Box::pin(async move {
            self.check()?;
            self.keys.unwrap(context, wrapped).await
        })
    }
}

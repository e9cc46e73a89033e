//! A provider under a fixed, public key, whose failures the test steers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::context::join;
use crate::keys::{
    BoxFuture, EncryptionContext, KekId, KeyProvider, ProviderError, ProviderErrorKind, WrappedMasterKey,
};
use crate::secret::{FirmMasterKey, WrappingKey};
use crate::suite;

/// Wraps under a public key. Clones share their state, so that a test keeps one and steers the vault's.
#[derive(Debug, Clone)]
pub struct TestKeys {
    state: Arc<State>,
    keks: Vec<KekId>,
}

#[derive(Debug, Default)]
struct State {
    calls: AtomicU64,
    failure: Mutex<Option<ProviderErrorKind>>,
}

impl Default for TestKeys {
    fn default() -> Self {
        Self { state: Arc::default(), keks: vec![KekId::new("testing:1")] }
    }
}

impl TestKeys {
    /// A provider that works.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How often the provider was called.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.state.calls.load(Ordering::SeqCst)
    }

    /// Makes every call fail in this way from now on; `None` makes them work again.
    pub fn fail(&self, failure: Option<ProviderErrorKind>) {
        *self.state.failure.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }

    fn call(&self) -> Result<(), ProviderError> {
        self.state.calls.fetch_add(1, Ordering::SeqCst);
        match *self.state.failure.lock().unwrap_or_else(PoisonError::into_inner) {
            None => Ok(()),
            Some(kind) => Err(ProviderError::new(kind, "the test made it fail")),
        }
    }
}

/// Everyone knows it: it is no secret, and says so.
fn public_key(kek: &KekId) -> WrappingKey {
    let bytes = join(&[b"fieldseal testing, a public key", kek.as_str().as_bytes()]);
    WrappingKey::init(|out| {
        for (place, byte) in out.iter_mut().zip(bytes.iter().cycle()) {
            *place = *byte;
        }
    })
}

fn associated(context: &EncryptionContext) -> Vec<u8> {
    let entries: Vec<&[u8]> = context.entries().flat_map(|(key, value)| [key.as_bytes(), value.as_bytes()]).collect();
    join(&entries)
}

impl KeyProvider for TestKeys {
    fn id(&self) -> &str {
        "testing"
    }

    fn keks(&self) -> &[KekId] {
        &self.keks
    }

    fn wrap<'a>(
        &'a self,
        context: &'a EncryptionContext,
        key: &'a FirmMasterKey,
    ) -> BoxFuture<'a, Result<WrappedMasterKey, ProviderError>> {
        Box::pin(async move {
            self.call()?;
            let kek = self.keks[0].clone();
            let bytes = suite::wrap_key(&public_key(&kek), &associated(context), key.expose());
            Ok(WrappedMasterKey { kek, bytes })
        })
    }

    fn unwrap<'a>(
        &'a self,
        context: &'a EncryptionContext,
        wrapped: &'a WrappedMasterKey,
    ) -> BoxFuture<'a, Result<FirmMasterKey, ProviderError>> {
        Box::pin(async move {
            self.call()?;
            let (key, associated) = (public_key(&wrapped.kek), associated(context));
            FirmMasterKey::try_init(|out| {
                let unwrapped = suite::unwrap_key(&key, &associated, &wrapped.bytes, out);
                unwrapped
                    .then_some(())
                    .ok_or_else(|| ProviderError::new(ProviderErrorKind::Unauthentic, "another firm's, or altered"))
            })
        })
    }

    fn for_tests_only(&self) -> bool {
        true
    }
}

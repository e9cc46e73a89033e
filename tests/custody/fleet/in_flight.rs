//! Loads that are in flight while keys are revoked.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use fieldseal::keys::{
    BoxFuture, EncryptionContext, FirmMasterKey, KekId, KeyProvider, ProviderError, WrappedMasterKey,
};
use fieldseal::{FirmId, LocalKeys};
use pollster::block_on;

use crate::places::{Place, pushed_only, settings, until};

/// A provider that holds its thread up on demand.
#[derive(Clone)]
struct Held {
    inner: Arc<LocalKeys>,
    hold: Arc<AtomicBool>,
    waiting: Arc<AtomicUsize>,
}

impl Held {
    fn new(inner: LocalKeys) -> Self {
        Self { inner: Arc::new(inner), hold: Arc::default(), waiting: Arc::default() }
    }
}

impl KeyProvider for Held {
    fn id(&self) -> &str {
        self.inner.id()
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
            self.waiting.fetch_add(1, Ordering::SeqCst);
            until(|| !self.hold.load(Ordering::SeqCst));
            self.inner.unwrap(context, wrapped).await
        })
    }
}

#[test]
fn a_load_from_before_a_revocation_elsewhere_brings_nothing() {
    for (place, fleet) in [(Place::postgres_async(), pushed_only()), (Place::sqlite(), settings(|_| ()))] {
        let keys = Held::new(place.keys());
        let (one, other) = (place.process(fleet), place.process_with(keys.clone(), fleet));
        block_on(other.session(FirmId::Platform)).unwrap();
        let before = keys.waiting.load(Ordering::SeqCst);
        keys.hold.store(true, Ordering::SeqCst);
        let late = other.clone();
        let late = thread::spawn(move || block_on(late.session("a")).map(drop));
        until(|| keys.waiting.load(Ordering::SeqCst) > before);
        block_on(one.revoke("a")).unwrap();
        // The fleet's thread does not wait for the provider.
        block_on(one.admin().wait_for_processes()).unwrap();
        keys.hold.store(false, Ordering::SeqCst);
        assert_eq!(late.join().unwrap().unwrap_err().code(), "keys.revoked");
        block_on(other.session("a")).expect("a session from after it reads anew");
    }
}

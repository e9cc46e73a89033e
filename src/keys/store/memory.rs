//! A store that lives and dies with the process: tests, and services whose keys are derived elsewhere.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{FirmRecord, KeyStore, StoreError};
use crate::context::FirmId;
use crate::keys::provider::BoxFuture;

/// A key store in memory.
///
/// Cells sealed under its keys can't be opened after the process ends.
#[derive(Debug, Default)]
pub struct MemoryKeyStore {
    records: Mutex<BTreeMap<String, FirmRecord>>,
}

impl MemoryKeyStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Overwrites or removes a record without any check, as a malicious writer of a store would. For tests.
    pub fn tamper(&self, firm: &FirmId, change: impl FnOnce(Option<FirmRecord>) -> Option<FirmRecord>) {
        let mut records = self.lock();
        let key = firm.canonical();
        let old = records.remove(&key);
        if let Some(new) = change(old) {
            records.insert(key, new);
        }
    }

    // The map is never left half-changed, so a panic elsewhere does not spoil it.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, FirmRecord>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeyStore for MemoryKeyStore {
    fn load<'a>(&'a self, firms: &'a [FirmId]) -> BoxFuture<'a, Result<Vec<Option<FirmRecord>>, StoreError>> {
        let records = self.lock();
        let found = firms.iter().map(|firm| records.get(&firm.canonical()).cloned()).collect();
        Box::pin(std::future::ready(Ok(found)))
    }

    fn replace<'a>(&'a self, expected: Option<u64>, record: &'a FirmRecord) -> BoxFuture<'a, Result<bool, StoreError>> {
        let mut records = self.lock();
        let key = record.firm.canonical();
        let same = records.get(&key).map(|stored| stored.generation) == expected;
        if same {
            records.insert(key, record.clone());
        }
        Box::pin(std::future::ready(Ok(same)))
    }

    fn firms<'a>(&'a self, after: Option<&'a FirmId>, limit: usize) -> BoxFuture<'a, Result<Vec<FirmId>, StoreError>> {
        let after = after.map(FirmId::canonical);
        let records = self.lock();
        let firms = records
            .iter()
            .filter(|(name, _)| after.as_ref().is_none_or(|after| *name > after))
            .take(limit)
            .map(|(_, record)| record.firm.clone())
            .collect();
        Box::pin(std::future::ready(Ok(firms)))
    }

    fn is_memory(&self) -> bool {
        true
    }
}

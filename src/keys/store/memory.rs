//! A store that lives and dies with the process: tests, and services whose keys are derived elsewhere.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{FirmRecord, KeyStore, RecordContent, StoreError, Vouched};
use crate::context::FirmId;
use crate::keys::provider::BoxFuture;

/// A key store in memory.
///
/// Cells sealed under its keys can't be opened after the process ends.
#[derive(Debug, Default)]
pub struct MemoryKeyStore {
    records: Mutex<Records>,
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
    fn lock(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Records = BTreeMap<String, FirmRecord>;

fn generation(records: &Records, firm: &FirmId) -> Option<u64> {
    records.get(&firm.canonical()).map(|stored| stored.generation)
}

fn replace(records: &mut Records, expected: Option<u64>, record: &FirmRecord) -> bool {
    let same = generation(records, &record.firm) == expected;
    if same {
        records.insert(record.firm.canonical(), record.clone());
    }
    same
}

/// Puts the platform's new word in the place of the old one, if that is there.
fn vouch(records: &mut Records, firm: &Vouched) -> bool {
    let word = records.get_mut(&firm.firm.canonical()).and_then(|record| match &mut record.content {
        RecordContent::Keys(keys) if !firm.shredded => Some(&mut keys.master.endorsement),
        RecordContent::Tombstone(stone) if firm.shredded => Some(stone),
        _ => None,
    });
    match word.filter(|word| **word == firm.was) {
        Some(word) => {
            word.clone_from(&firm.becomes);
            true
        }
        None => false,
    }
}

impl KeyStore for MemoryKeyStore {
    fn load<'a>(&'a self, firms: &'a [FirmId]) -> BoxFuture<'a, Result<Vec<Option<FirmRecord>>, StoreError>> {
        let records = self.lock();
        let found = firms.iter().map(|firm| records.get(&firm.canonical()).cloned()).collect();
        Box::pin(std::future::ready(Ok(found)))
    }

    fn replace<'a>(&'a self, expected: Option<u64>, record: &'a FirmRecord) -> BoxFuture<'a, Result<bool, StoreError>> {
        let same = replace(&mut self.lock(), expected, record);
        Box::pin(std::future::ready(Ok(same)))
    }

    fn replace_under<'a>(
        &'a self,
        platform: u64,
        expected: Option<u64>,
        record: &'a FirmRecord,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        let mut records = self.lock();
        let same = generation(&records, &FirmId::Platform) == Some(platform) && replace(&mut records, expected, record);
        Box::pin(std::future::ready(Ok(same)))
    }

    fn replace_platform<'a>(
        &'a self,
        expected: u64,
        record: &'a FirmRecord,
        firms: &'a [Vouched],
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        let mut records = self.lock();
        let mut changed = records.clone();
        let vouched = firms.iter().all(|firm| vouch(&mut changed, firm)) && changed.len() == firms.len() + 1;
        let same = vouched && replace(&mut changed, Some(expected), record);
        if same {
            *records = changed;
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

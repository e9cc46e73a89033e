//! A store that lives and dies with the process: tests, and services whose keys are derived elsewhere.

mod fleet;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::fleet::{ChangeKind, FleetStore};
use super::{Decision, FirmRecord, KeyStore, StoreError};
use crate::context::FirmId;
use crate::keys::provider::BoxFuture;
use fleet::Fleet;

/// A key store in memory.
///
/// Cells sealed under its keys can't be opened after the process ends.
#[derive(Debug, Default)]
pub struct MemoryKeyStore {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    records: BTreeMap<String, FirmRecord>,
    fleet: Fleet,
}

impl MemoryKeyStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Overwrites or removes a record without any check, as a malicious writer of a store would. For tests.
    pub fn tamper(&self, firm: &FirmId, change: impl FnOnce(Option<FirmRecord>) -> Option<FirmRecord>) {
        let records = &mut self.lock().records;
        let key = firm.canonical();
        let old = records.remove(&key);
        if let Some(new) = change(old) {
            records.insert(key, new);
        }
    }

    /// The compare-and-set. A note stays.
    fn put(&self, expected: Option<u64>, record: &FirmRecord) -> bool {
        let state = self.lock();
        let stored = state.records.get(&record.firm.canonical());
        if stored.map(|stored| stored.generation) != expected {
            return false;
        }
        let standing = stored.and_then(|stored| stored.standing.clone());
        Self::insert(state, FirmRecord { standing, ..record.clone() });
        true
    }

    fn set(&self, decision: &Decision) -> bool {
        let state = self.lock();
        let generation = |firm: &FirmId| state.records.get(&firm.canonical()).map(|record| record.generation);
        let Some(stored) = state.records.get(&decision.firm.canonical()) else { return false };
        if generation(&FirmId::Platform) != Some(decision.platform)
            || stored.generation != decision.generation
            || stored.standing != decision.expected
        {
            return false;
        }
        let noted = || FirmRecord { standing: Some(decision.standing.clone()), ..stored.clone() };
        let record = decision.buried().unwrap_or_else(noted);
        Self::insert(state, record);
        true
    }

    /// Whoever listens is told once nothing is locked.
    fn insert(mut state: MutexGuard<'_, State>, record: FirmRecord) {
        let firm = record.firm.clone();
        let first = state.records.insert(firm.canonical(), record).is_none();
        let listeners = if first { Vec::new() } else { state.fleet.bump(&firm, ChangeKind::Changed) };
        drop(state);
        listeners.iter().for_each(|wake| wake(true));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

// The state is never left half-changed, so a panic elsewhere does not spoil it.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl KeyStore for MemoryKeyStore {
    fn load<'a>(&'a self, firms: &'a [FirmId]) -> BoxFuture<'a, Result<Vec<Option<FirmRecord>>, StoreError>> {
        let records = &self.lock().records;
        let found = firms.iter().map(|firm| records.get(&firm.canonical()).cloned()).collect();
        Box::pin(std::future::ready(Ok(found)))
    }

    fn replace<'a>(&'a self, expected: Option<u64>, record: &'a FirmRecord) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(std::future::ready(Ok(self.put(expected, record))))
    }

    fn decide<'a>(&'a self, decision: &'a Decision) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(std::future::ready(Ok(self.set(decision))))
    }

    fn firms<'a>(&'a self, after: Option<&'a FirmId>, limit: usize) -> BoxFuture<'a, Result<Vec<FirmId>, StoreError>> {
        let after = after.map(FirmId::canonical);
        let records = &self.lock().records;
        let firms = records
            .iter()
            .filter(|(name, _)| after.as_ref().is_none_or(|after| *name > after))
            .take(limit)
            .map(|(_, record)| record.firm.clone())
            .collect();
        Box::pin(std::future::ready(Ok(firms)))
    }

    fn fleet(&self) -> &dyn FleetStore {
        self
    }

    fn is_memory(&self) -> bool {
        true
    }
}

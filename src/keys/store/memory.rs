//! A store that lives and dies with the process: tests, and services whose keys are derived elsewhere.

mod fleet;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::fleet::{ChangeKind, FleetStore};
use super::{Decision, FirmRecord, KeyStore, RecordContent, StoreError, Vouched};
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
    records: Records,
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

    fn put(&self, platform: Option<u64>, expected: Option<u64>, record: &FirmRecord) -> bool {
        self.change(|state| {
            let vouched = platform.is_none() || generation(&state.records, &FirmId::Platform) == platform;
            let told = expected.map(|_| &record.firm);
            (vouched && replace(&mut state.records, expected, record)).then_some(told)
        })
    }

    fn set(&self, decision: &Decision) -> bool {
        self.change(|state| decide(&mut state.records, decision).then_some(Some(&decision.firm)))
    }

    fn put_platform(&self, expected: u64, noted: Option<&[u8]>, record: &FirmRecord, firms: &[Vouched]) -> bool {
        self.change(|state| {
            let mut changed = state.records.clone();
            let platform = FirmId::Platform.canonical();
            let notes = |records: &Records| {
                records.iter().filter(|(firm, record)| **firm != platform && record.standing.is_some()).count()
            };
            let known = firms.iter().filter(|firm| firm.note.is_some()).count();
            let whole = changed.len() == firms.len() + 1 && notes(&changed) == known;
            let vouched = whole && firms.iter().all(|firm| vouch(&mut changed, firm));
            let own = changed.get(&platform).is_some_and(|stored| stored.standing.as_deref() == noted);
            let same = own && vouched && replace(&mut changed, Some(expected), record);
            if let (true, Some(stored)) = (same, changed.get_mut(&platform)) {
                stored.standing.clone_from(&record.standing);
                state.records = changed;
            }
            same.then_some(Some(&record.firm))
        })
    }

    /// A change of the records. `work` says whether it was made, and of which firm the fleet is to be told; whoever listens
    /// is told once nothing is locked.
    fn change<'f>(&self, work: impl FnOnce(&mut State) -> Option<Option<&'f FirmId>>) -> bool {
        let mut state = self.lock();
        let Some(told) = work(&mut state) else { return false };
        let listeners = told.map(|firm| state.fleet.bump(firm, ChangeKind::Changed)).unwrap_or_default();
        drop(state);
        listeners.iter().for_each(|wake| wake(true));
        true
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

// The state is never left half-changed, so a panic elsewhere does not spoil it.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

type Records = BTreeMap<String, FirmRecord>;

fn generation(records: &Records, firm: &FirmId) -> Option<u64> {
    records.get(&firm.canonical()).map(|stored| stored.generation)
}

/// The compare-and-set. A note stays.
fn replace(records: &mut Records, expected: Option<u64>, record: &FirmRecord) -> bool {
    let stored = records.get(&record.firm.canonical());
    let same = stored.map(|stored| stored.generation) == expected;
    if same {
        let standing = stored.map_or_else(|| record.standing.clone(), |stored| stored.standing.clone());
        records.insert(record.firm.canonical(), FirmRecord { standing, ..record.clone() });
    }
    same
}

fn decide(records: &mut Records, decision: &Decision) -> bool {
    let platform = generation(records, &FirmId::Platform);
    let Some(stored) = records.get_mut(&decision.firm.canonical()) else { return false };
    let same = platform == Some(decision.platform)
        && stored.generation == decision.generation
        && stored.standing == decision.expected;
    if same {
        let noted = FirmRecord { standing: Some(decision.standing.clone()), ..stored.clone() };
        *stored = decision.buried().unwrap_or(noted);
    }
    same
}

/// Puts the platform's new word in the place of the old one, if that is there.
fn vouch(records: &mut Records, firm: &Vouched) -> bool {
    let Some(record) = records.get_mut(&firm.firm.canonical()) else { return false };
    if record.standing.as_ref() != firm.note.as_ref().map(|(was, _)| was) {
        return false;
    }
    record.standing = firm.note.as_ref().map(|(_, becomes)| becomes.clone());
    let word = match &mut record.content {
        RecordContent::Keys(keys) if !firm.shredded => &mut keys.master.endorsement,
        RecordContent::Tombstone(stone) if firm.shredded => stone,
        _ => return false,
    };
    let same = *word == firm.was;
    if same {
        word.clone_from(&firm.becomes);
    }
    same
}

impl KeyStore for MemoryKeyStore {
    fn load<'a>(&'a self, firms: &'a [FirmId]) -> BoxFuture<'a, Result<Vec<Option<FirmRecord>>, StoreError>> {
        let records = &self.lock().records;
        let found = firms.iter().map(|firm| records.get(&firm.canonical()).cloned()).collect();
        Box::pin(std::future::ready(Ok(found)))
    }

    fn replace<'a>(&'a self, expected: Option<u64>, record: &'a FirmRecord) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(std::future::ready(Ok(self.put(None, expected, record))))
    }

    fn replace_under<'a>(
        &'a self,
        platform: u64,
        expected: Option<u64>,
        record: &'a FirmRecord,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(std::future::ready(Ok(self.put(Some(platform), expected, record))))
    }

    fn replace_platform<'a>(
        &'a self,
        expected: u64,
        noted: Option<&'a [u8]>,
        record: &'a FirmRecord,
        firms: &'a [Vouched],
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(std::future::ready(Ok(self.put_platform(expected, noted, record, firms))))
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

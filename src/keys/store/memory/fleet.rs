//! Vaults of one process that share a store in memory, as if they were processes.

use std::collections::{BTreeMap, VecDeque};
use std::future::ready;

use uuid::Uuid;

use super::MemoryKeyStore;
use crate::context::FirmId;
use crate::keys::provider::BoxFuture;
use crate::keys::store::StoreError;
use crate::keys::store::fleet::{
    Change, ChangeKind, Changes, FleetStore, KEPT_CHANGES, Listener, ProcessRecord, Processes, Wake,
};

/// The fleet's tables.
#[derive(Default)]
pub(super) struct Fleet {
    epoch: u64,
    floor: u64,
    changes: VecDeque<Change>,
    processes: BTreeMap<Uuid, ProcessRecord>,
    listeners: BTreeMap<Uuid, Wake>,
}

impl Fleet {
    /// Counts a change; whoever is in the list is to be told of it.
    pub(super) fn bump(&mut self, firm: &FirmId, kind: ChangeKind) -> Vec<Wake> {
        self.epoch += 1;
        self.changes.push_back(Change { epoch: self.epoch, firm: firm.clone(), kind });
        if self.epoch.saturating_sub(self.floor) > KEPT_CHANGES {
            self.changes.pop_front();
            self.floor += 1;
        }
        self.listeners.values().cloned().collect()
    }
}

impl std::fmt::Debug for Fleet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fleet").field("epoch", &self.epoch).field("processes", &self.processes).finish_non_exhaustive()
    }
}

fn done<T: Send + 'static>(value: T) -> BoxFuture<'static, Result<T, StoreError>> {
    Box::pin(ready(Ok(value)))
}

impl FleetStore for MemoryKeyStore {
    fn register<'a>(&'a self, process: &'a ProcessRecord) -> BoxFuture<'a, Result<u64, StoreError>> {
        let fleet = &mut self.lock().fleet;
        let process = ProcessRecord { acknowledged: fleet.epoch, ..process.clone() };
        fleet.processes.insert(process.id, process);
        done(fleet.epoch)
    }

    fn renew(&self, id: Uuid, acknowledged: u64) -> BoxFuture<'_, Result<Option<u64>, StoreError>> {
        let fleet = &mut self.lock().fleet;
        let renewed = fleet.processes.get_mut(&id).map(|process| {
            process.beat += 1;
            process.acknowledged = acknowledged;
            fleet.epoch
        });
        done(renewed)
    }

    fn describe<'a>(&'a self, id: Uuid, info: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        if let Some(process) = self.lock().fleet.processes.get_mut(&id) {
            info.clone_into(&mut process.info);
        }
        done(())
    }

    fn leave(&self, id: Uuid) -> BoxFuture<'_, Result<(), StoreError>> {
        self.lock().fleet.processes.remove(&id);
        done(())
    }

    fn evict(&self, id: Uuid, beat: u64) -> BoxFuture<'_, Result<bool, StoreError>> {
        let fleet = &mut self.lock().fleet;
        let same = fleet.processes.get(&id).is_some_and(|process| process.beat == beat);
        if same {
            fleet.processes.remove(&id);
        }
        done(same)
    }

    fn changes(&self, applied: u64) -> BoxFuture<'_, Result<Changes, StoreError>> {
        let fleet = &self.lock().fleet;
        let list = fleet.changes.iter().filter(|change| change.epoch > applied).cloned().collect();
        done(Changes { epoch: fleet.epoch, floor: fleet.floor, list })
    }

    fn processes(&self) -> BoxFuture<'_, Result<Processes, StoreError>> {
        let fleet = &self.lock().fleet;
        done(Processes { epoch: fleet.epoch, list: fleet.processes.values().cloned().collect() })
    }

    fn announce<'a>(&'a self, firm: &'a FirmId) -> BoxFuture<'a, Result<u64, StoreError>> {
        let (listeners, epoch) = {
            let fleet = &mut self.lock().fleet;
            (fleet.bump(firm, ChangeKind::Revoked), fleet.epoch)
        };
        listeners.iter().for_each(|wake| wake(true));
        done(epoch)
    }

    fn listen(&self, wake: Wake) -> Option<Listener> {
        let id = Uuid::new_v4();
        wake(true);
        self.lock().fleet.listeners.insert(id, wake);
        let state = self.state.clone();
        Some(Listener::new(move || {
            super::lock(&state).fleet.listeners.remove(&id);
        }))
    }

    fn has_leases(&self) -> bool {
        false
    }
}

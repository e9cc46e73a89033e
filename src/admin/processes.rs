//! Which processes hold keys, for operators.

use std::time::Duration;

use uuid::Uuid;

use super::KeyAdmin;
use crate::keys::KeyError;
use crate::keys::store::ProcessRecord;

/// A process that holds keys of the store, as [`KeyAdmin::processes`] lists it. What it says of itself is not verified.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProcessInfo {
    /// Its number in the fleet: a new one each time that it joins.
    pub id: Uuid,
    /// Its machine's name.
    pub host: String,
    /// Its process id there.
    pub pid: u32,
    /// The release of fieldseal that it runs.
    pub release: String,
    /// When it joined, by its own clock: Unix seconds.
    pub since: u64,
    /// How long it uses keys after its last renewal.
    pub lease: Duration,
    /// It holds nothing from before this epoch.
    pub acknowledged: u64,
    /// The epoch of the fleet: a process below it has changes to apply.
    pub epoch: u64,
}

impl ProcessInfo {
    /// Whether it still has changes to apply.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.acknowledged < self.epoch
    }
}

impl KeyAdmin {
    /// The processes that hold keys of this store: they have joined and were neither seen to leave nor evicted.
    ///
    /// # Errors
    /// [`KeyError`].
    pub async fn processes(&self) -> Result<Vec<ProcessInfo>, KeyError> {
        let (epoch, processes) = self.fleet.processes().await?;
        let info = |process: ProcessRecord| ProcessInfo {
            id: process.id,
            host: process.host,
            pid: process.pid,
            release: process.release,
            since: process.started,
            lease: process.lease,
            acknowledged: process.acknowledged,
            epoch,
        };
        Ok(processes.into_iter().map(info).collect())
    }

    /// Waits until every live process has applied every change that was committed before this call, or its lease has
    /// ended: after a kill that takes the dead process's lease and a quarter of it.
    ///
    /// # Errors
    /// [`KeyError`].
    pub async fn wait_for_processes(&self) -> Result<(), KeyError> {
        self.fleet.settle().await
    }
}

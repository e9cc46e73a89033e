//! Which processes hold keys, for operators.

use std::time::Duration;

use uuid::Uuid;

use super::KeyAdmin;
use crate::fleet::ModelsInUse;
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
    /// The tables of the models that it registered before it joined.
    pub models: Vec<ModelInUse>,
    /// The epoch of the fleet: a process below it has changes to apply.
    pub epoch: u64,
}

/// A table that a process has models of.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelInUse {
    /// The table's SQL name.
    pub table: String,
    /// Sealed columns that its models still have a legacy column for.
    pub legacy: Vec<String>,
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
            models: models(&process.info),
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

fn models(info: &str) -> Vec<ModelInUse> {
    let used = ModelsInUse::from_json(info).models.into_iter();
    used.map(|(table, legacy)| ModelInUse { table, legacy }).collect()
}

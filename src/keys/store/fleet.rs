//! What a key store keeps of the processes that hold its keys (spec/fleet.md).

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::StoreError;
use crate::context::FirmId;
use crate::keys::provider::BoxFuture;

/// The processes that hold keys of a store, and the changes that they have to apply.
///
/// Each call is a transaction of its own, committed when it returns. `KeyStore::replace` of a record that exists counts
/// the epoch up and logs the change in its own transaction.
pub trait FleetStore: Send + Sync {
    /// Adds a process, which holds no keys, and gives the epoch: the process has nothing to apply up to there.
    fn register<'a>(&'a self, process: &'a ProcessRecord) -> BoxFuture<'a, Result<u64, StoreError>>;

    /// Counts the process's `beat` up, notes what it has applied, and gives the epoch. `None`: it was evicted.
    fn renew(&self, id: Uuid, acknowledged: u64) -> BoxFuture<'_, Result<Option<u64>, StoreError>>;

    /// Replaces what a process says of itself. It may have been evicted.
    fn describe<'a>(&'a self, id: Uuid, info: &'a str) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Removes a process that holds no keys any more.
    fn leave(&self, id: Uuid) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Removes a process if it still has this `beat`, and says whether it did.
    fn evict(&self, id: Uuid, beat: u64) -> BoxFuture<'_, Result<bool, StoreError>>;

    /// The changes above the epoch `applied`, in one snapshot.
    fn changes(&self, applied: u64) -> BoxFuture<'_, Result<Changes, StoreError>>;

    /// Every process, in one snapshot with the epoch.
    fn processes(&self) -> BoxFuture<'_, Result<Processes, StoreError>>;

    /// Logs that every process has to drop this firm's keys, and gives the epoch of it.
    fn announce<'a>(&'a self, firm: &'a FirmId) -> BoxFuture<'a, Result<u64, StoreError>>;

    /// Calls `wake` soon after every change, and whenever changes may have been missed, until the listener is dropped.
    /// `None`: the store can't push; it is polled.
    fn listen(&self, wake: Wake) -> Option<Listener> {
        let _ = wake;
        None
    }

    /// Whether processes need leases: a store that lives in the process can't be cut off from it.
    fn has_leases(&self) -> bool {
        true
    }
}

/// Tells the process of a change; `true`: changes are pushed from now on, `false`: they are not, until it is called again.
pub type Wake = Arc<dyn Fn(bool) + Send + Sync>;

/// Ends what `listen` began when it is dropped.
pub struct Listener(Option<Box<dyn FnOnce() + Send + Sync>>);

impl Listener {
    /// `stop` is run at the end. It must not wait long.
    pub fn new(stop: impl FnOnce() + Send + Sync + 'static) -> Self {
        Self(Some(Box::new(stop)))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(stop) = self.0.take() {
            stop();
        }
    }
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Listener")
    }
}

/// A process, as its store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcessRecord {
    /// Made anew each time that it registers.
    pub id: Uuid,
    /// Counts its renewals.
    pub beat: u64,
    /// It holds nothing from before this epoch.
    pub acknowledged: u64,
    /// How long it uses keys after its last renewal, in whole milliseconds.
    pub lease: Duration,
    /// When it registered, by its own clock: Unix seconds.
    pub started: u64,
    /// Its machine's name.
    pub host: String,
    /// Its process id there.
    pub pid: u32,
    /// The release of fieldseal that it runs.
    pub release: String,
    /// What else it says of itself: a JSON object.
    pub info: String,
}

/// Changes that a process has to apply.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// The latest.
    pub epoch: u64,
    /// Changes up to here may be left out: who has not applied them drops all keys.
    pub floor: u64,
    /// Ascending.
    pub list: Vec<Change>,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its number.
    pub epoch: u64,
    /// Whose.
    pub firm: FirmId,
    /// What has to be done.
    pub kind: ChangeKind,
}

/// What a change asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChangeKind {
    /// The firm's record was replaced: read it.
    Changed,
    /// The firm's keys are to be dropped.
    Revoked,
}

impl ChangeKind {
    /// Its name in stores.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Revoked => "revoked",
        }
    }
}

/// Every process of the store.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Processes {
    /// The latest change.
    pub epoch: u64,
    /// By id.
    pub list: Vec<ProcessRecord>,
}

/// Changes that stores keep at least, for processes that have been slow to ask.
pub(super) const KEPT_CHANGES: u64 = 10_000;

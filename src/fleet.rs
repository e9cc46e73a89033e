//! The processes that use one key store, and the epoch of changes that each of them has applied (spec/fleet.md).

mod keeper;
mod machine;
mod models;
mod others;
mod place;
mod reload;
mod settings;
#[cfg(test)]
mod tests;

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread::{self, ThreadId};
use std::time::Duration;

use forkguard::Guard;
use futures_channel::oneshot;

use crate::clock::Clock;
use crate::context::FirmId;
use crate::keys::custody::{Custody, Follower};
use crate::keys::lease::{Lease, Membership, Presence, Standing};
use crate::keys::phases::{Phase, PhaseBoard};
use crate::keys::store::{KeyStore, ProcessRecord, StoreError};
use crate::keys::{BoxFuture, KeyError};
use keeper::{Keeper, Message, Reply};

pub(crate) use models::ModelsInUse;
pub use settings::FleetSettings;

/// This process's place among the others.
///
/// A thread of its own renews the lease, listens, and applies changes; it makes no provider call. It is started when
/// keys are first used.
pub(crate) struct Fleet(Arc<Shared>);

/// What the thread and its callers share.
struct Shared {
    store: Arc<dyn KeyStore>,
    clock: Arc<dyn Clock>,
    settings: FleetSettings,
    lease: Arc<Lease>,
    phases: Arc<PhaseBoard>,
    /// What the process says of itself, and whether it has joined with that.
    told: Mutex<Told>,
    /// Set once, right after both are made.
    custody: OnceLock<(Follower, Weak<Custody>)>,
    running: Mutex<Running>,
}

/// What a process says of itself beside its name: a JSON object.
struct Told {
    info: String,
    joined: bool,
}

/// The thread, and what tells a forked child that it has none.
#[derive(Default)]
struct Running {
    thread: Option<(ThreadId, Sender<Message>)>,
    fork: Guard,
}

impl Fleet {
    pub(crate) fn new(store: Arc<dyn KeyStore>, clock: Arc<dyn Clock>, settings: FleetSettings) -> Self {
        let lease = Arc::new(Lease::new(clock.clone()));
        let (phases, custody, running) = (Arc::default(), OnceLock::new(), Mutex::default());
        let told = Mutex::new(Told { info: "{}".to_owned(), joined: false });
        Self(Arc::new(Shared { store, clock, settings, lease, phases, told, custody, running }))
    }

    /// What custody needs of this fleet. The process leaves when its holders have gone.
    pub(crate) fn standing(&self) -> Standing {
        let shared = self.0.clone();
        let presence = Presence::new(move || shared.go());
        Standing { lease: self.0.lease.clone(), phases: self.0.phases.clone(), presence: Arc::new(presence) }
    }

    /// Keeps this custody's keys up to date.
    pub(crate) fn keep(&self, custody: &Arc<Custody>) {
        let first = self.0.custody.set((custody.follower(), Arc::downgrade(custody)));
        assert!(first.is_ok(), "a fleet keeps one custody");
    }

    /// What this process says of itself: when it joins, or if it has, at once.
    pub(crate) fn introduce(&self, info: String) -> Result<(), KeyError> {
        let mut told = self.0.told();
        if told.info == info {
            return Ok(());
        }
        told.info = info;
        let joined = told.joined;
        drop(told);
        // The thread that answers is the fleet's own, whatever this one is.
        if joined { pollster::block_on(self.ask(Message::Describe)) } else { Ok(()) }
    }

    /// The phase of a pair; `None` also once the lease is over.
    pub(crate) fn phase(&self, table: &str, column: &str) -> Option<Phase> {
        if self.0.lease.is_over() { None } else { self.0.phases.of(table, column) }
    }

    /// The phases that models in transit work by.
    pub(crate) fn phases(&self) -> &PhaseBoard {
        &self.0.phases
    }

    /// Waits until every live process has applied every change that was committed before this call, or its lease has
    /// ended.
    pub(crate) async fn settle(&self) -> Result<(), KeyError> {
        self.ask(Message::Settle).await
    }

    /// Takes the firm's keys away from every process, this one included.
    pub(crate) async fn revoke(&self, firm: &FirmId) -> Result<(), KeyError> {
        firm.check()?;
        self.ask(|reply| Message::Revoke(firm.clone(), reply)).await
    }

    /// Drops all keys and leaves. Whoever asks for keys joins again.
    pub(crate) async fn leave(&self) -> Result<(), KeyError> {
        self.ask(Message::Leave).await
    }

    /// The processes of the store, and the latest epoch.
    pub(crate) async fn processes(&self) -> Result<(u64, Vec<ProcessRecord>), KeyError> {
        let processes = self.0.store.fleet().processes().await?;
        Ok((processes.epoch, processes.list))
    }

    async fn ask(&self, message: impl FnOnce(Reply) -> Message) -> Result<(), KeyError> {
        let (reply, answer) = oneshot::channel();
        self.0.send(message(reply))?;
        answer.await.unwrap_or_else(|_| Err(ended().into()))
    }
}

impl Membership for Fleet {
    fn is_member(&self) -> bool {
        !self.0.lease.is_over()
    }

    fn join(&self) -> BoxFuture<'_, Result<(), KeyError>> {
        Box::pin(self.ask(Message::Join))
    }
}

impl Shared {
    /// What this process, about to join, says of itself.
    fn introduced(&self) -> String {
        let mut told = self.told();
        told.joined = true;
        told.info.clone()
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the thread unless it runs.
    fn send(self: &Arc<Self>, message: Message) -> Result<(), StoreError> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.fork.detected_fork() {
            running.thread = None;
        }
        let message = match &running.thread {
            Some((_, inbox)) => match inbox.send(message) {
                Ok(()) => return Ok(()),
                Err(unsent) => unsent.0,
            },
            None => message,
        };
        let (sender, inbox) = channel();
        let keeper = Keeper::new(self.clone(), sender.clone());
        let thread = thread::Builder::new()
            .name("fieldseal-fleet".into())
            .spawn(move || keeper.run(&inbox))
            .map_err(|error| StoreError::Unavailable { message: format!("no thread for its fleet: {error}") })?;
        let (_, inbox) = running.thread.insert((thread.thread().id(), sender));
        inbox.send(message).map_err(|_| ended())
    }

    /// Leaves for good, and waits for it a little: a process that ends right after must not leave a lease behind.
    fn go(&self) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.fork.detected_fork() {
            running.thread = None;
        }
        let Some((thread, inbox)) = running.thread.take() else { return };
        drop(running);
        let (done, left) = channel();
        let waits = thread != thread::current().id();
        if inbox.send(Message::Go(done)).is_ok() && waits {
            let _ = left.recv_timeout(LEAVING);
        }
    }
}

fn ended() -> StoreError {
    StoreError::Unavailable { message: "the thread that keeps its fleet ended".into() }
}

/// How long the end of a vault waits for its process to leave the fleet.
const LEAVING: Duration = Duration::from_secs(1);

impl std::fmt::Debug for Fleet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fleet")
    }
}

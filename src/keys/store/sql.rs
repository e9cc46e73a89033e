//! What the two database stores share: names, migrations, statements, and a thread that owns the connection.

mod actor;
mod database;
mod decision;
mod fleet;
mod listener;
mod migrate;
mod platform;
mod query;
mod record;
mod tables;
mod transaction;

use std::sync::mpsc::Sender;
use std::sync::{Mutex, PoisonError};

use forkguard::Guard;
use futures_channel::oneshot;

use super::{Decision, FirmRecord, StoreError, Vouched};
use crate::context::FirmId;
use actor::{Load, Platform, Replace, Reply, Request};

pub(super) use actor::Connect;
pub(super) use database::{Bind, ChangeRow, Database, FirmRow, KeyRow, NameRow, NumberRow, ProcessRow, database};
pub(super) use listener::Subscribe;
#[cfg(any(feature = "libpq", all(feature = "postgres", feature = "async")))]
pub(super) use listener::Subscription;
#[cfg(feature = "sqlite")]
pub(super) use migrate::not_migrated;
pub(super) use tables::Tables;
#[cfg(any(feature = "libpq", all(feature = "postgres", feature = "async")))]
pub(super) use transaction::failed;

/// A key store in a database: a thread, started by the first request, and its connection.
///
/// A connection of its own keeps a firm's creation out of the caller's transaction, and one thread for it serves
/// callers with and without an async runtime.
pub(super) struct SqlStore {
    connect: Connect,
    /// `None`: the database tells nobody of changes.
    subscribe: Option<Subscribe>,
    tables: Tables,
    thread: Mutex<Running>,
}

/// The thread, and what tells a forked child that it has none: a request to the parent's would wait for ever.
#[derive(Default)]
struct Running {
    requests: Option<Sender<Request>>,
    fork: Guard,
}

impl SqlStore {
    pub(super) fn new(connect: Connect, subscribe: Option<Subscribe>, tables: Tables) -> Self {
        Self { connect, subscribe, tables, thread: Mutex::default() }
    }

    /// The same store over other tables.
    pub(super) fn over(self, tables: Tables) -> Self {
        Self::new(self.connect, self.subscribe, tables)
    }

    pub(super) async fn load(&self, firms: &[FirmId]) -> Result<Vec<Option<FirmRecord>>, StoreError> {
        // One name that the database refuses would fail every load that is answered with it.
        let firms = firms.iter().map(record::name).collect::<Result<_, _>>()?;
        self.ask(|reply| Request::Load(Load { firms, reply })).await
    }

    pub(super) async fn replace(
        &self,
        platform: Option<u64>,
        expected: Option<u64>,
        record: &FirmRecord,
    ) -> Result<bool, StoreError> {
        let replace = Replace { platform, expected, record: Box::new(record.clone()) };
        self.ask(|reply| Request::Replace(replace, reply)).await
    }

    pub(super) async fn replace_platform(
        &self,
        expected: u64,
        noted: Option<&[u8]>,
        record: &FirmRecord,
        firms: &[Vouched],
    ) -> Result<bool, StoreError> {
        let new = Box::new(Platform {
            expected,
            noted: noted.map(<[u8]>::to_vec),
            record: record.clone(),
            firms: firms.to_vec(),
        });
        self.ask(|reply| Request::Platform(new, reply)).await
    }

    pub(super) async fn decide(&self, decision: &Decision) -> Result<bool, StoreError> {
        let decision = decision.clone();
        self.run(move |db, tables| decision::decide(db, tables, &decision)).await
    }

    pub(super) async fn firms(&self, after: Option<&FirmId>, limit: usize) -> Result<Vec<FirmId>, StoreError> {
        let after = after.map(record::name).transpose()?;
        self.ask(|reply| Request::Firms(after, limit, reply)).await
    }

    pub(super) async fn migrate(&self) -> Result<(), StoreError> {
        self.ask(Request::Migrate).await
    }

    /// Runs `work` on the thread, unless nobody waits for it any more.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Database, &Tables) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.ask(|reply: Reply<T>| {
            Request::Run(Box::new(move |actor| {
                if !reply.is_canceled() {
                    let _ = reply.send(actor.on_connection(false, work));
                }
            }))
        })
        .await
    }

    async fn ask<T>(&self, request: impl FnOnce(Reply<T>) -> Request) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.send(request(reply))?;
        // Without an answer the thread panicked on the way; the next request starts another.
        answer.await.unwrap_or_else(|_| Err(ended()))
    }

    fn send(&self, request: Request) -> Result<(), StoreError> {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if thread.fork.detected_fork() {
            thread.requests = None;
        }
        let request = match &thread.requests {
            Some(running) => match running.send(request) {
                Ok(()) => return Ok(()),
                Err(unsent) => unsent.0,
            },
            None => request,
        };
        let started = thread.requests.insert(actor::start(self.connect.clone(), self.tables.clone())?);
        started.send(request).map_err(|_| ended())
    }
}

fn ended() -> StoreError {
    StoreError::Unavailable { message: "its thread ended".into() }
}

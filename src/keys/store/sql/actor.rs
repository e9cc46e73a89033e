//! The thread that owns a store's connection. Requests that wait while it works are answered together.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use futures_channel::oneshot;

use super::database::Database;
use super::query::Found;
use super::record::malformed;
use super::tables::Tables;
use super::{migrate, platform, query};
use crate::context::FirmId;
use crate::keys::store::{FirmRecord, StoreError, Vouched};

/// Opens the store's connection; `true`: the database may be created.
pub(in crate::keys::store) type Connect = Arc<dyn Fn(bool) -> Result<Box<dyn Database>, StoreError> + Send + Sync>;

/// Where an answer goes.
pub(super) type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// What the thread is asked.
pub(super) enum Request {
    Load(Load),
    Replace(Replace, Reply<bool>),
    Platform(Box<Platform>, Reply<bool>),
    Firms(Option<String>, usize, Reply<Vec<FirmId>>),
    Migrate(Reply<()>),
    /// What the fleet asks; it answers by itself.
    Run(Box<dyn FnOnce(&mut Actor) + Send>),
}

/// A compare-and-set.
pub(super) struct Replace {
    /// The generation that the platform must have, if the record rests on its word.
    pub(super) platform: Option<u64>,
    pub(super) expected: Option<u64>,
    pub(super) record: Box<FirmRecord>,
}

/// A change of the platform, and of its word for all firms.
pub(super) struct Platform {
    pub(super) expected: u64,
    pub(super) noted: Option<Vec<u8>>,
    pub(super) record: FirmRecord,
    pub(super) firms: Vec<Vouched>,
}

/// A request for records.
pub(super) struct Load {
    pub(super) firms: Vec<String>,
    pub(super) reply: Reply<Vec<Option<FirmRecord>>>,
}

/// Starts the thread. It ends, and closes the connection, when the sender is dropped.
pub(super) fn start(connect: Connect, tables: Tables) -> Result<Sender<Request>, StoreError> {
    let (sender, requests) = channel();
    thread::Builder::new()
        .name("fieldseal-keys".into())
        .spawn(move || Actor { connect, tables, open: None }.run(&requests))
        .map_err(|error| StoreError::Unavailable { message: format!("no thread for its connection: {error}") })?;
    Ok(sender)
}

pub(super) struct Actor {
    connect: Connect,
    tables: Tables,
    open: Option<Box<dyn Database>>,
}

impl Actor {
    fn run(mut self, requests: &Receiver<Request>) {
        while let Ok(first) = requests.recv() {
            let mut loads = Vec::new();
            for request in std::iter::once(first).chain(requests.try_iter().take(MAX_BATCH)) {
                match request {
                    // Loads come last: who loads after a replacement sees it, and so may who loads beside it.
                    Request::Load(load) => loads.push(load),
                    other => self.answer(other),
                }
            }
            self.load(loads);
        }
    }

    /// One transaction for all the loads that somebody still waits for.
    fn load(&mut self, mut loads: Vec<Load>) {
        loads.retain(|load| !load.reply.is_canceled());
        if loads.is_empty() {
            return;
        }
        let firms: HashSet<&String> = loads.iter().flat_map(|load| &load.firms).collect();
        let firms: Vec<String> = firms.into_iter().cloned().collect();
        let found = self.on_connection(false, |db, tables| query::load(db, tables, &firms));
        for load in loads {
            let records = match &found {
                Ok(found) => pick(found, &load.firms),
                Err(error) => Err(repeat(error)),
            };
            // Who no longer waits needs no answer, here and below.
            let _ = load.reply.send(records);
        }
    }

    fn answer(&mut self, request: Request) {
        match request {
            Request::Load(load) => self.load(vec![load]),
            // Nobody would learn whether it was done, so it is not begun.
            Request::Replace(_, reply) | Request::Platform(_, reply) if reply.is_canceled() => {}
            Request::Replace(replace, reply) => {
                let _ = reply.send(self.on_connection(false, |db, tables| query::replace(db, tables, &replace)));
            }
            Request::Platform(new, reply) => {
                let work = |db: &mut dyn Database, tables: &Tables| {
                    platform::replace(db, tables, new.expected, new.noted.as_deref(), &new.record, &new.firms)
                };
                let _ = reply.send(self.on_connection(false, work));
            }
            Request::Firms(after, limit, reply) => {
                let firms = self.on_connection(false, |db, tables| query::firms(db, tables, after, limit));
                let _ = reply.send(firms);
            }
            Request::Run(work) => work(self),
            Request::Migrate(reply) => {
                let _ = reply.send(self.on_connection(true, migrate::migrate));
            }
        }
    }

    /// Runs `work` once. A connection that failed is not used again, whatever the failure: after a failover the server
    /// may be the wrong one.
    pub(super) fn on_connection<T>(
        &mut self,
        create: bool,
        work: impl FnOnce(&mut dyn Database, &Tables) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut db = match self.open.take() {
            Some(db) => db,
            None => self.connection(create)?,
        };
        let done = work(&mut *db, &self.tables);
        if !matches!(done, Err(StoreError::Unavailable { .. } | StoreError::Database(_))) {
            self.open = Some(db);
        }
        done
    }

    // The user's function may panic. Were the thread to end of it, a request sent while it unwinds would be lost too.
    fn connection(&self, create: bool) -> Result<Box<dyn Database>, StoreError> {
        let connect = AssertUnwindSafe(|| (self.connect)(create));
        catch_unwind(connect)
            .unwrap_or_else(|_| Err(StoreError::Unavailable { message: "connecting to it panicked".into() }))
    }
}

fn pick(found: &Found, firms: &[String]) -> Result<Vec<Option<FirmRecord>>, StoreError> {
    let record = |firm| match found.get(firm) {
        Some(Ok(record)) => Ok(Some(record.clone())),
        Some(Err(what)) => Err(malformed(what)),
        None => Ok(None),
    };
    firms.iter().map(record).collect()
}

/// The same error for one more request of a batch.
fn repeat(error: &StoreError) -> StoreError {
    match error {
        StoreError::Unavailable { message } => StoreError::Unavailable { message: message.clone() },
        StoreError::NotMigrated { found, needed } => StoreError::NotMigrated { found: *found, needed: *needed },
        StoreError::TooNew { found, known } => StoreError::TooNew { found: *found, known: *known },
        StoreError::Malformed { what } => malformed(what),
        StoreError::BadName { name, reason } => StoreError::BadName { name: name.clone(), reason },
        StoreError::Unsupported { what } => StoreError::Unsupported { what },
        StoreError::Database(cause) => StoreError::Database(cause.to_string().into()),
    }
}

/// Requests answered together at most, so that the first of them does not wait for ever.
const MAX_BATCH: usize = 1000;

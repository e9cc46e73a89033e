//! An operator's process, killed at each of its calls of the store and the provider: whatever it had done holds, and the
//! next one finishes.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use fieldseal::keys::store::{FleetStore, KeyStore, SqliteKeyStore};
use fieldseal::keys::{
    BoxFuture, EncryptionContext, FirmMasterKey, FirmRecord, KeyProvider, ProviderError, StoreError, Vouched,
    WrappedMasterKey,
};
use pollster::block_on;

use super::*;
use crate::process::{Process, ask, say};

const FIRMS: [&str; 3] = ["a", "b", "c"];

/// What the operator does, by the name that the child is given.
#[derive(Clone, Copy, PartialEq)]
enum Work {
    Rewrap,
    Move,
    Firm,
    Platform,
}

impl Work {
    const ALL: [(&'static str, Self); 4] =
        [("rewrap", Self::Rewrap), ("move", Self::Move), ("firm", Self::Firm), ("platform", Self::Platform)];

    fn providers(self, stops: &Stops) -> Providers {
        let at = |kms| Stopping { inner: kms, stops: stops.clone() };
        match self {
            Self::Move => Providers::new(at(Kms::new("vault", &["two"]))).moving_from(at(old()), [KekId::new("one")]),
            _ => Providers::new(at(Kms::new("aws", &["two", "one"]))),
        }
    }

    fn run(self, vault: &Vault) {
        let admin = vault.admin();
        match self {
            Self::Rewrap | Self::Move => assert_eq!(block_on(admin.rewrap_all(1)).unwrap().failed.len(), 0),
            Self::Firm => drop(block_on(admin.rotate_master("a")).unwrap()),
            Self::Platform => drop(block_on(admin.rotate_master(FirmId::Platform)).unwrap()),
        }
    }

    /// A process that opens what this work left, once it is done.
    fn after(self) -> Providers {
        match self {
            Self::Rewrap => Kms::new("aws", &["two"]).into(),
            Self::Move => Kms::new("vault", &["two"]).into(),
            Self::Firm | Self::Platform => self.providers(&Stops::never()),
        }
    }
}

fn old() -> Kms {
    Kms::new("aws", &["one"])
}

/// Counts calls, and stops the process at one of them.
#[derive(Clone)]
struct Stops {
    at: u64,
    calls: Arc<AtomicU64>,
}

impl Stops {
    fn at(call: u64) -> Self {
        Self { at: call, calls: Arc::default() }
    }

    fn never() -> Self {
        Self::at(u64::MAX)
    }

    fn call(&self) {
        if self.calls.fetch_add(1, Ordering::SeqCst) + 1 == self.at {
            say("stopped");
            // Until the test kills this process, or is gone.
            ask();
            std::process::exit(1);
        }
    }
}

struct Stopping<T> {
    inner: T,
    stops: Stops,
}

impl KeyProvider for Stopping<Kms> {
    fn id(&self) -> &str {
        self.inner.id()
    }

    fn keks(&self) -> &[KekId] {
        self.inner.keks()
    }

    fn wrap<'a>(
        &'a self,
        context: &'a EncryptionContext,
        key: &'a FirmMasterKey,
    ) -> BoxFuture<'a, Result<WrappedMasterKey, ProviderError>> {
        self.stops.call();
        self.inner.wrap(context, key)
    }

    fn unwrap<'a>(
        &'a self,
        context: &'a EncryptionContext,
        wrapped: &'a WrappedMasterKey,
    ) -> BoxFuture<'a, Result<FirmMasterKey, ProviderError>> {
        self.stops.call();
        self.inner.unwrap(context, wrapped)
    }
}

impl KeyStore for Stopping<SqliteKeyStore> {
    fn load<'a>(&'a self, firms: &'a [FirmId]) -> BoxFuture<'a, Result<Vec<Option<FirmRecord>>, StoreError>> {
        self.stops.call();
        self.inner.load(firms)
    }

    fn replace<'a>(&'a self, expected: Option<u64>, record: &'a FirmRecord) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.stops.call();
        self.inner.replace(expected, record)
    }

    fn replace_under<'a>(
        &'a self,
        platform: u64,
        expected: Option<u64>,
        record: &'a FirmRecord,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.stops.call();
        self.inner.replace_under(platform, expected, record)
    }

    fn replace_platform<'a>(
        &'a self,
        expected: u64,
        noted: Option<&'a [u8]>,
        record: &'a FirmRecord,
        firms: &'a [Vouched],
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        self.stops.call();
        self.inner.replace_platform(expected, noted, record, firms)
    }

    fn firms<'a>(&'a self, after: Option<&'a FirmId>, limit: usize) -> BoxFuture<'a, Result<Vec<FirmId>, StoreError>> {
        self.stops.call();
        self.inner.firms(after, limit)
    }

    fn fleet(&self) -> &dyn FleetStore {
        self.inner.fleet()
    }
}

fn vault(path: &Path, providers: impl Into<Providers>, stops: &Stops) -> Vault {
    let store = Stopping { inner: SqliteKeyStore::open(path).unwrap(), stops: stops.clone() };
    Vault::builder().provider(providers).store(store).build().unwrap()
}

/// The child: one piece of work, stopped at a call.
pub(crate) fn operator() {
    let told = |name| std::env::var(name).unwrap();
    let name = told("FIELDSEAL_TEST_WORK");
    let (_, work) = Work::ALL.into_iter().find(|(known, _)| *known == name).unwrap();
    let stops = Stops::at(told("FIELDSEAL_TEST_STOP").parse().unwrap());
    work.run(&vault(told("FIELDSEAL_TEST_STORE").as_ref(), work.providers(&stops), &stops));
    say("done");
}

fn killed_at_every_call(name: &str) {
    let (_, work) = Work::ALL.into_iter().find(|(known, _)| *known == name).unwrap();
    let directory = tempfile::tempdir().unwrap();
    for call in 1.. {
        let path = directory.path().join(format!("{call}.db"));
        let cells = prepare(&path);
        let (store, stop) = (path.to_str().unwrap(), call.to_string());
        let settings = [("FIELDSEAL_TEST_WORK", name), ("FIELDSEAL_TEST_STOP", &stop), ("FIELDSEAL_TEST_STORE", store)];
        let mut child = Process::start("operator", &settings);
        let said = child.hear();
        child.signal("KILL");
        child.wait();
        dismiss(&path);
        let stops = Stops::never();
        check(&vault(&path, work.providers(&stops), &stops), &cells);
        work.run(&vault(&path, work.providers(&stops), &stops));
        check(&vault(&path, work.after(), &stops), &cells);
        if said == "done" {
            assert!(call > 5, "the work makes more calls than {call}");
            return;
        }
    }
}

/// Three firms and a cell of each.
fn prepare(path: &Path) -> Vec<SealedNote> {
    block_on(SqliteKeyStore::open(path).unwrap().migrate()).unwrap();
    let vault = vault(path, old(), &Stops::never());
    block_on(vault.initialize()).unwrap();
    let seal = |firm| {
        block_on(vault.create_firm(firm)).unwrap();
        block_on(seal(&vault, firm))
    };
    FIRMS.map(seal).into()
}

/// Strikes the dead process off, for which the next would wait until its lease has ended.
fn dismiss(path: &Path) {
    let store = SqliteKeyStore::open(path).unwrap();
    for process in block_on(store.fleet().processes()).unwrap().list {
        block_on(store.fleet().leave(process.id)).unwrap();
    }
}

fn check(vault: &Vault, cells: &[SealedNote]) {
    for cell in cells {
        block_on(open(vault, cell)).unwrap();
    }
}

#[test]
fn a_rewrap_of_all_is_killed_at_every_call() {
    killed_at_every_call("rewrap");
}

#[test]
fn a_change_of_provider_is_killed_at_every_call() {
    killed_at_every_call("move");
}

#[test]
fn a_change_of_a_firms_master_key_is_killed_at_every_call() {
    killed_at_every_call("firm");
}

#[test]
fn a_change_of_the_platforms_master_key_is_killed_at_every_call() {
    killed_at_every_call("platform");
}

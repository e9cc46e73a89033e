//! The watch: every statement and every value that the suite sends to a database is read, and none may be plaintext.
//!
//! PostgreSQL is behind a [`proxy`], to which every URL of the suite leads. SQLite runs inside this process: there
//! [`super::sqlite`] reads the statements through Diesel and then the bytes of the files. The suites of services in small have
//! the watch look for what they register as their secrets, and for nothing else.
//!
//! What is plaintext? The tests need not say. What goes to a database must be *known to be public*, or it is taken for a
//! plaintext: a new test whose secret leaks fails without having registered anything.
//!
//! - Bytes must be a cell, a term or a record of the key store.
//! - Text must match a pattern of `public.txt`: ids, firms and names that are in plain columns.
//! - A literal in SQL must stand as this literal, in its quotes, in the sources: somebody wrote it as SQL. One that was
//!   put together when the test ran is a value, and must be public.
//! - Whatever is sent is searched for [`secrets`], in every spelling: that finds marked plaintext within a public value, a
//!   key store's record or an integer.
//!
//! Integers, booleans, dates and UUIDs are public unless marked: they are keys, counts and limits. A sealed integer that
//! leaked into its own column would be bytes that are no cell.
//!
//! A finding closes the connection before the database sees the message, is written to standard error at once, and fails
//! the test that owns the database, and every test that asks for one afterwards.

pub(crate) mod frontend;
pub(crate) mod inspect;
pub(crate) mod literals;
pub(crate) mod proxy;
pub(crate) mod public;
pub(crate) mod secrets;
pub(crate) mod upstream;

use std::collections::HashMap;
use std::fmt;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Something that may be plaintext, on its way to a database.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    /// The test, or what is known of it.
    pub(crate) test: String,
    pub(crate) statement: String,
    pub(crate) what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { test, statement, what } = self;
        write!(
            f,
            "plaintext on its way to the database? {what}; test: {test}; statement: {statement}. A value that belongs in \
             plain columns is declared in tests/it/support/watch/public.txt; a deliberate plaintext by `public::permit`."
        )
    }
}

/// What was found so far.
#[derive(Clone, Default)]
pub(crate) struct Findings(Arc<Mutex<Vec<Finding>>>);

impl Findings {
    /// Those of the whole run.
    pub(crate) fn of_this_run() -> &'static Self {
        static FINDINGS: OnceLock<Findings> = OnceLock::new();
        FINDINGS.get_or_init(Self::default)
    }

    /// Keeps a finding, and says so past the test harness's capture.
    pub(crate) fn report(&self, finding: Finding) {
        if Arc::ptr_eq(&self.0, &Self::of_this_run().0) {
            let _ = writeln!(std::io::stderr(), "tests: {finding}");
        }
        lock(&self.0).push(finding);
    }

    pub(crate) fn all(&self) -> Vec<Finding> {
        lock(&self.0).clone()
    }

    /// # Panics
    /// When anything was found, by whichever test.
    pub(crate) fn assert_none(&self) {
        let found = self.all();
        assert!(found.is_empty(), "{}", found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    }
}

/// Remembers which test made a database: a proxy sees a connection, not the thread behind it.
pub(crate) fn note_owner(database: &str) {
    lock(owners()).insert(database.to_owned(), this_test());
}

/// The test that made a database, or the database's name.
pub(crate) fn owner(database: &str) -> String {
    lock(owners()).get(database).cloned().unwrap_or_else(|| format!("unknown, in the database {database}"))
}

/// The test that runs in this thread. The test harness names a thread after its test.
pub(crate) fn this_test() -> String {
    std::thread::current().name().unwrap_or("unknown, in a thread without a name").to_owned()
}

/// The repository's root: the packages that share this lie in it at different depths.
pub(crate) fn repository() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().find(|directory| directory.join("tests/it").is_dir()).unwrap_or(package)
}

fn owners() -> &'static Mutex<HashMap<String, String>> {
    static OWNERS: OnceLock<Mutex<HashMap<String, String>>> = OnceLock::new();
    OWNERS.get_or_init(Mutex::default)
}

/// Locks, also behind a test that panicked meanwhile.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

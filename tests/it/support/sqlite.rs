//! SQLite databases for the tests, under the watch.
//!
//! SQLite runs in this process: what reaches the database is what lies in its pages and its log. So a database "in memory"
//! is a file here, with a write-ahead log that nobody checkpoints: it keeps every version of every page, also of rows that
//! were deleted or rolled back to a savepoint. When its connection closes, both are searched for secrets.
//!
//! Before that, each statement is read as Diesel's instrumentation shows it, with the binds by `Debug`, by the same rules as
//! PostgreSQL's ([`Rules::of_this_suite`]). Cells show their length alone there; the guards of the suite's tables check
//! their shape, and the search of the file their bytes. What a `SELECT` binds never leaves the process. Statements to MySQL
//! are read likewise; its server is `tests/with-mysql`'s, which searches the server's log.
//!
//! Not seen: a raw statement of another SQLite library, and values in attached databases in memory that are no text.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Once;

use diesel::connection::{Instrumentation, InstrumentationEvent, SimpleConnection as _, set_default_instrumentation};
use diesel::prelude::*;

use super::watch::inspect::Rules;
use super::watch::{Finding, Findings, this_test};

/// Begins the names of files that are databases "in memory".
const PREFIX: &str = "fieldseal-memory-";

/// Has every connection that is opened from now on watched, also those of a key store or an example.
pub(crate) fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        set_default_instrumentation(|| Some(Box::new(Watch::new(Findings::of_this_run().clone())))).unwrap()
    });
}

/// A connection to the database in a file.
pub(crate) fn open(path: &Path) -> SqliteConnection {
    watch();
    Findings::of_this_run().assert_none();
    SqliteConnection::establish(path.to_str().unwrap()).unwrap()
}

/// A connection to a database of its own, which goes when the connection is closed.
pub(crate) fn memory() -> SqliteConnection {
    let file = tempfile::Builder::new().prefix(PREFIX).suffix(".db").tempfile().unwrap();
    // The watch deletes it.
    let (_, path) = file.keep().unwrap();
    let mut conn = open(&path);
    conn.batch_execute("PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF").unwrap();
    conn
}

/// What watches one connection.
pub(crate) struct Watch {
    findings: Findings,
    rules: Rules,
    /// Whether statements are read: those to PostgreSQL are the proxy's.
    reads: bool,
    file: Option<PathBuf>,
    /// Keeps the log: SQLite folds it into the database when the last connection closes.
    keeper: Option<SqliteConnection>,
}

impl Watch {
    pub(crate) fn new(findings: Findings) -> Self {
        Self { findings, rules: Rules::of_this_suite(), reads: false, file: None, keeper: None }
    }

    /// For a connection that is open already.
    pub(crate) fn over(file: &Path, findings: Findings) -> Self {
        let mut watch = Self::of_statements(findings);
        watch.file = Some(file.to_owned());
        watch
    }

    /// The same for a database that is no file.
    pub(crate) fn of_statements(findings: Findings) -> Self {
        let mut watch = Self::new(findings);
        watch.reads = true;
        watch
    }

    fn opened(&mut self, url: &str) {
        let path = PathBuf::from(url);
        let is_memory = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(PREFIX));
        // Diesel holds a lock on the default instrumentation only while it makes one.
        self.keeper = is_memory.then(|| {
            let mut keeper = SqliteConnection::establish(&format!("file:{url}?keeper")).unwrap();
            keeper.set_instrumentation(|_: InstrumentationEvent<'_>| {});
            // One that has not read yet holds no lock.
            keeper.batch_execute("PRAGMA journal_mode = WAL; SELECT count(*) FROM sqlite_master").unwrap();
            keeper
        });
        self.file = path.is_file().then_some(path);
        self.reads = true;
    }

    fn statement(&self, shown: &str) {
        if let Err(what) = check(self.rules, shown) {
            let finding = Finding { test: this_test(), statement: shown.to_owned(), what };
            let text = finding.to_string();
            self.findings.report(finding);
            panic!("{text}");
        }
    }

    fn search_files(&self, file: &Path) {
        for suffix in ["", "-wal", "-journal"] {
            let path = PathBuf::from(format!("{}{suffix}", file.display()));
            let Ok(bytes) = std::fs::read(&path) else { continue };
            if let Err(what) = self.rules.check_raw(&bytes) {
                let statement = format!("what lies in {}", path.display());
                self.findings.report(Finding { test: this_test(), statement, what });
            }
        }
    }
}

impl Instrumentation for Watch {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::FinishEstablishConnection { url, error: None, .. }
                if !url.contains("://") && !url.ends_with("?keeper") =>
            {
                self.opened(url);
            }
            InstrumentationEvent::FinishEstablishConnection { url, error: None, .. } => {
                self.reads = url.starts_with("mysql://");
            }
            InstrumentationEvent::StartQuery { query, .. } if self.reads => {
                let mut shown = String::new();
                // A query that can't be built is Diesel's error and goes nowhere.
                if write!(shown, "{query}").is_ok() {
                    self.statement(&shown);
                }
            }
            _ => {}
        }
    }
}

impl Drop for Watch {
    /// The connection is closed by now: Diesel drops its instrumentation last.
    fn drop(&mut self) {
        let Some(file) = self.file.take() else { return };
        self.search_files(&file);
        if self.keeper.take().is_some() {
            for suffix in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{}{suffix}", file.display()));
            }
        }
    }
}

/// Reads a statement and its binds, as Diesel shows them: `SELECT ... -- binds: ["text", <sealed 35 bytes>, 1]`.
fn check(rules: Rules, shown: &str) -> Result<(), String> {
    let (sql, binds) = shown.rsplit_once(" -- binds: ").unwrap_or((shown, ""));
    rules.check_statement(sql)?;
    rules.check_raw(binds.as_bytes())?;
    let mut rest = binds.get(1..).unwrap_or_default();
    while let Some(at) = rest.find(['"', '[']) {
        let (length, verdict) = bind(rules, sql, &rest[at..]);
        verdict?;
        rest = &rest[at + length..];
    }
    Ok(())
}

/// A text or a list of bytes at the beginning of `shown`; its length.
fn bind(rules: Rules, sql: &str, shown: &str) -> (usize, Result<(), String>) {
    if let Some(list) = shown.strip_prefix('[') {
        let end = list.find([']', '[', '"', '<']).map_or(shown.len(), |end| end + 1);
        let bytes: Option<Vec<u8>> = shown[1..end].split(", ").map(|byte| byte.parse().ok()).collect();
        let is_bytes = shown[end..].starts_with(']') && bytes.is_some();
        return (
            if is_bytes { end } else { 1 },
            bytes.filter(|_| is_bytes).map_or(Ok(()), |bytes| rules.check_bytes(sql, &bytes)),
        );
    }
    let mut literals = shown[1..].char_indices();
    let mut escaped = false;
    let end = literals.find(|(_, c)| {
        let ends = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    let end = end.map_or(shown.len(), |(at, _)| at + 2);
    let text: String = serde_json::from_str(&shown[..end]).unwrap_or_else(|_| shown[1..end - 1].to_owned());
    (end, rules.check_text(text.as_bytes()))
}

//! The server's general log, searched for secrets: all that the server was told, with what was bound.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::PathBuf;
use std::sync::Mutex;

use crate::support::watch::inspect::Rules;
use crate::support::watch::{Finding, Findings, lock, this_test};

pub(crate) struct Log {
    path: PathBuf,
    findings: Findings,
    /// How much of the file has been searched: each line once, while its permits last.
    searched: Mutex<u64>,
}

impl Log {
    pub(crate) fn new(path: PathBuf, findings: Findings) -> Self {
        Self { path, findings, searched: Mutex::new(0) }
    }

    /// Searches what the server has logged since the last search.
    ///
    /// # Panics
    /// When the log can't be read.
    pub(crate) fn search(&self) {
        let mut searched = lock(&self.searched);
        let new = self.read_from(*searched).unwrap();
        // A line that is not written whole is left for the next time.
        let whole = new.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        *searched += u64::try_from(whole).unwrap();
        for line in new[..whole].split(|byte| *byte == b'\n') {
            if let Err(what) = Rules::Secrets.check_raw(line) {
                let statement = format!("in the server's log: {}", String::from_utf8_lossy(line));
                self.findings.report(Finding { test: this_test(), statement, what });
            }
        }
    }

    fn read_from(&self, start: u64) -> io::Result<Vec<u8>> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(start))?;
        let mut new = Vec::new();
        file.read_to_end(&mut new)?;
        Ok(new)
    }
}

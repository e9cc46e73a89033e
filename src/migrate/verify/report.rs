//! What a verification found, so that others can rely on it.

use serde::{Deserialize, Serialize};

use crate::context::{FirmId, join, label};
use crate::keys::KeyError;
use crate::keys::hierarchy::{mac, mac_matches};
use crate::migrate::engine::PassReport;
use crate::migrate::job::Job;
use crate::migrate::transform::Seen;
use crate::session::Vault;

/// What a verification of a table found. Its JSON is authenticated under the platform's keys: who holds none can't make one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VerifyReport {
    /// The format: 1.
    pub version: u32,
    /// The job.
    pub job: String,
    /// The table.
    pub table: String,
    /// When it ended: Unix seconds.
    pub when: u64,
    /// Rows that all workers looked at.
    pub rows: i64,
    /// Rows that others kept changing or locked, so that nobody looked at them.
    pub left: i64,
    /// Rows in which something is wrong: they are in quarantine.
    pub wrong: i64,
    /// What this process saw of each column. With workers elsewhere it is their share that is missing here.
    pub columns: Vec<ColumnReport>,
    /// MAC in hexadecimal.
    mac: String,
}

/// What was seen of a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ColumnReport {
    /// The sealed column.
    pub column: String,
    /// NULL.
    pub empty: u64,
    /// Plaintext alone.
    pub unsealed: u64,
    /// Cells with the same plaintext beside them.
    pub both: u64,
    /// Cells alone.
    pub sealed: u64,
    /// Cells by data-key version. Versions are each firm's own.
    pub versions: std::collections::BTreeMap<u32, u64>,
}

/// A report that can't be relied on.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// It is no report, or of another release's format.
    #[error("this is no report of a verification that this release knows")]
    Malformed,
    /// Somebody changed it, or it is of another platform.
    #[error("the report is not authentic: somebody changed it, or it is another platform's")]
    NotAuthentic,
    /// The platform's keys can't be had.
    #[error(transparent)]
    Keys(#[from] KeyError),
}

impl ReportError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "report.malformed",
            Self::NotAuthentic => "report.not_authentic",
            Self::Keys(error) => error.code(),
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Keys(error) if error.is_retryable())
    }
}

impl ColumnReport {
    pub(super) fn of(column: &str, seen: Seen) -> Self {
        let Seen { empty, unsealed, both, sealed, versions } = seen;
        Self { column: column.to_owned(), empty, unsealed, both, sealed, versions }
    }
}

impl VerifyReport {
    pub(super) fn new(job: &Job, pass: &PassReport, columns: Vec<ColumnReport>) -> Self {
        Self {
            version: 1,
            job: job.name.clone(),
            table: job.subject.table().to_owned(),
            when: job.vault.custody().clock().unix_seconds(),
            rows: pass.read,
            left: pass.left,
            wrong: pass.quarantined,
            columns,
            mac: String::new(),
        }
    }

    /// Whether every row was looked at, and nothing was wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.left == 0 && self.wrong == 0
    }

    /// One line of JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads a report and checks that somebody who holds the platform's keys made it.
    ///
    /// # Errors
    /// [`ReportError`].
    pub async fn from_json(json: &str, vault: &Vault) -> Result<Self, ReportError> {
        let report: Self = serde_json::from_str(json).map_err(|_| ReportError::Malformed)?;
        if report.version != 1 {
            return Err(ReportError::Malformed);
        }
        let found = hex::decode(&report.mac).map_err(|_| ReportError::Malformed)?;
        let platform = vault.custody().slot(&FirmId::Platform).await?;
        let ring = platform.ring()?;
        if mac_matches(ring.endorsement().expose(), &report.message(), &found) {
            return Ok(report);
        }
        Err(ReportError::NotAuthentic)
    }

    pub(super) async fn authenticated(self, vault: &Vault) -> Result<Self, KeyError> {
        let platform = vault.custody().slot(&FirmId::Platform).await?;
        let ring = platform.ring()?;
        let mac = hex::encode(mac(ring.endorsement().expose(), &self.message()));
        Ok(Self { mac, ..self })
    }

    /// What is authenticated: the report's JSON without its MAC.
    fn message(&self) -> Vec<u8> {
        let bare = Self { mac: String::new(), ..self.clone() };
        join(&[label::VERIFY_REPORT, bare.to_json().as_bytes()])
    }
}

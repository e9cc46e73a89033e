//! Verification: every row is opened and compared, and the report says so under the platform's key (spec/migration.md, The
//! report).

mod report;

use std::sync::Arc;

use super::engine::{RunError, RunOptions};
use super::job::Job;
use super::state::rows;
use super::steps::StepError;
use super::transform::Verify;
use crate::keys::KeyError;

pub use report::{ColumnReport, ReportError, VerifyReport};

/// A verification that did not come to a report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The pass over the table failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The report can't be authenticated: the platform's keys can't be had.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The report can't be noted beside the job.
    #[error(transparent)]
    Note(#[from] StepError),
}

impl VerifyError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Run(error) => error.code(),
            Self::Keys(error) => error.code(),
            Self::Note(error) => error.code(),
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Run(error) => error.is_retryable(),
            Self::Keys(error) => error.is_retryable(),
            Self::Note(error) => error.is_retryable(),
        }
    }
}

impl Job {
    /// Opens every cell of the table, compares it with the plaintext beside it, and computes every term. Writers go on. What is
    /// wrong goes into [quarantine](Self::quarantined) with its reason.
    ///
    /// A report without anything wrong lets the job go on to its next step. Rows of plaintext alone are counted, and are not
    /// wrong: a sweep seals them.
    ///
    /// # Errors
    /// [`VerifyError`].
    pub async fn verify(&self, options: RunOptions) -> Result<VerifyReport, VerifyError> {
        let transform = Arc::new(Verify::new(&self.subject, options.firm_only().cloned()));
        let whole = options.firm_only().is_none();
        let pass = self.pass(transform.clone(), "verify", options).await?;
        let columns = self.subject.columns.iter().zip(transform.seen());
        let columns = columns.map(|(column, seen)| ColumnReport::of(column.column.schema().column, seen)).collect();
        let report = VerifyReport::new(self, &pass, columns).authenticated(&self.vault).await?;
        let done = report.is_clean() && whole;
        self.note_report(if done { "verified" } else { "not-verified" }, &report).await?;
        Ok(report)
    }

    async fn note_report(&self, what: &str, report: &VerifyReport) -> Result<(), StepError> {
        let client = self.postgres().connect().await?;
        if let Some(row) = rows::find(&client, &self.name).await? {
            rows::event(&client, row.id, what, &report.to_json()).await?;
        }
        Ok(())
    }
}

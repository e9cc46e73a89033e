//! A table written anew: its rows are copied, sealed, into a shadow table while writers go on, and the two change places at once
//! (spec/migration.md, Rewriting).

mod capture;
mod kept;
mod obstacles;
mod shadow;
mod swap;

use std::sync::Arc;

use super::engine::{PassReport, RunError, RunOptions};
use super::job::{Job, Kind};
use super::locks::{Patience, StatementError};
use super::state::rows::{self, JobRow};
use super::steps::{Operator, StepError, script};
use super::transform::Seal;
use capture::Capture;
use kept::{Kept, Part};

/// A table that was not written anew. It is as it was; what was copied is there for the next try.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RewriteError {
    /// The copying failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// What comes before or after it failed.
    #[error(transparent)]
    Step(#[from] StepError),
    /// Others empty the table again and again.
    #[error("{table} was truncated while it was copied, each time: try again when nobody does")]
    Truncated {
        /// The table.
        table: &'static str,
    },
}

impl RewriteError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Run(error) => error.code(),
            Self::Step(error) => error.code(),
            Self::Truncated { .. } => "rewrite.truncated",
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Run(error) => error.is_retryable(),
            Self::Step(error) => error.is_retryable(),
            Self::Truncated { .. } => true,
        }
    }
}

impl From<StatementError> for RewriteError {
    fn from(error: StatementError) -> Self {
        Self::Step(error.into())
    }
}

impl From<tokio_postgres::Error> for RewriteError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Step(error.into())
    }
}

impl Job {
    /// Writes the table anew, with its legacy columns as they are: rows without a cell get one on the way. Old row versions go with
    /// the old table's files. Writers go on; at the end they wait for the two tables to change places, for no longer than the
    /// lock timeout at a time.
    ///
    /// Kept are indexes, constraints, foreign keys both ways, grants, the owner, policies, sequences, triggers, views, publications,
    /// statistics objects, comments and settings. What can't be kept is refused before anything begins. Cut off, it goes on
    /// from what was copied.
    ///
    /// # Errors
    /// [`RewriteError`]; [`StepError::Obstacles`] with everything that can't be kept.
    pub async fn rewrite(&self, options: RunOptions, patience: Patience) -> Result<PassReport, RewriteError> {
        let operator = Operator::take_any(self, patience).await?;
        let row = operator.begun("{}").await?;
        let report = operator.rewritten(&row, &[], options).await?;
        if row.step == "begun" {
            operator.reached(&row, "begun", "done").await?;
        }
        Ok(report)
    }
}

impl Job {
    /// [Contracts](Self::contract) by writing the table anew without its legacy columns: with the old table's files go all versions
    /// of rows that held plaintext.
    ///
    /// # Errors
    /// [`RewriteError`]; [`PhaseError::InUse`](crate::admin::PhaseError::InUse) while a live process still has a model with
    /// one of the legacy columns.
    pub async fn contract_by_rewrite(
        &self,
        options: RunOptions,
        patience: Patience,
    ) -> Result<PassReport, RewriteError> {
        let operator = Operator::take(self, patience).await?;
        let row = operator.row().await?;
        operator.at(&row, "contracted", &["cut-over"])?;
        operator.refuse_in_use().await?;
        operator.all(&script::require_values(&operator.table, &operator.pairs)).await?;
        operator.note_files(&row).await?;
        let plain: Vec<&str> = operator.pairs.iter().map(|pair| pair.plain).collect();
        let report = operator.rewritten(&row, &plain, options).await?;
        operator.admin().end_job(self.name()).await.map_err(StepError::from)?;
        operator.reached(&row, "contracted", "done").await?;
        Ok(report)
    }
}

/// How often the copying begins anew because the table was truncated.
const TRIES: usize = 3;

impl Operator<'_> {
    /// Copies, catches up, and swaps. `without` are columns that are left out.
    pub(super) async fn rewritten(
        &self,
        row: &JobRow,
        without: &[&str],
        options: RunOptions,
    ) -> Result<PassReport, RewriteError> {
        obstacles::check(self, without).await?;
        for _ in 0..TRIES {
            let report = self.copied(row, without, options.clone()).await?;
            if self.swapped(without).await? {
                return Ok(report);
            }
            self.discard_shadow().await?;
        }
        Err(RewriteError::Truncated { table: self.job.subject().table() })
    }

    async fn copied(&self, row: &JobRow, without: &[&str], options: RunOptions) -> Result<PassReport, RewriteError> {
        let kept = Kept::read(&self.client, &self.table.quoted(), without).await?;
        if !self.has_shadow().await? {
            self.make_shadow(&kept, without).await?;
            rows::event(&self.client, row.id, "rewriting", "{}").await.map_err(StepError::from)?;
        }
        let number = rows::count(&self.client, row.id, "rewriting").await.map_err(StepError::from)?;
        let options = options.into_shadow(self.shadow(&kept));
        // Not through the job's kind: whatever that is, plaintext without a cell gets one.
        let seal = Job { kind: Kind::Seal, ..self.job.clone() };
        let transform = Arc::new(Seal::new(seal.subject(), None));
        let work = format!("rewrite {number}");
        // Cut off behind its end, it is not copied twice.
        let report = match seal.ended_pass(&self.client, &work).await? {
            Some(report) => report,
            None => seal.pass(transform, &work, options).await?,
        };
        // By the key captured rows are found. Until they are copied anew a row whose key was changed may be there twice.
        self.make_indexes_of_shadow(&kept, Part::Key).await?;
        self.catch_up(&Capture::of(&self.table, &kept)).await?;
        self.make_indexes_of_shadow(&kept, Part::Others).await?;
        Ok(report)
    }
}

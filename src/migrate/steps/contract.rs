//! The last step: what held plaintext goes.

use super::operator::Operator;
use super::{StepError, script};
use crate::migrate::job::Job;
use crate::migrate::locks::Patience;

/// What becomes of the legacy columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Contract {
    /// They are dropped. What they held lies in the table's files until it is rewritten: see the report on residue.
    Drop,
}

impl Job {
    /// Drops the legacy columns, makes the sealed ones NOT NULL where the model has no `Option`, and ends the migration.
    ///
    /// # Errors
    /// [`StepError`]; [`PhaseError::InUse`](crate::admin::PhaseError::InUse) while a live process still has a model with
    /// one of the legacy columns.
    pub async fn contract(&self, what: Contract, patience: Patience) -> Result<(), StepError> {
        let operator = Operator::take(self, patience).await?;
        let row = operator.row().await?;
        operator.at(&row, "contracted", &["cut-over"])?;
        operator.refuse_in_use().await?;
        operator.all(&script::require_values(&operator.table, &operator.pairs)).await?;
        match what {
            Contract::Drop => operator.act(&script::drop_plaintext(&operator.table, &operator.pairs)).await?,
        }
        operator.admin().end_job(&self.name).await?;
        operator.reached(&row, "contracted", "done").await
    }
}

impl Operator<'_> {
    /// Refuses while a live process has a model with one of the legacy columns.
    pub(super) async fn refuse_in_use(&self) -> Result<(), StepError> {
        let phases = self.admin().phases().await?;
        match phases.iter().find(|known| known.job == self.job.name) {
            Some(known) => Ok(self.admin().refuse_in_use(known).await?),
            None => Ok(()),
        }
    }
}

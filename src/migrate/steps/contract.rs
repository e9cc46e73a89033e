//! The last step: what held plaintext goes.

use super::StepError;
use super::operator::Operator;
use crate::migrate::job::Job;
use crate::migrate::locks::Patience;
use crate::schema::transit::postgres;

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
        operator.require_values().await?;
        match what {
            Contract::Drop => operator.drop_plaintext().await?,
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

    /// NOT NULL where the model takes no NULL. A value that is missing is said by the constraint's validation.
    async fn require_values(&self) -> Result<(), StepError> {
        for pair in self.pairs.iter().filter(|pair| !pair.nullable) {
            for column in pair.sealed_columns() {
                let constraint = postgres::not_null(&self.table, column);
                let again =
                    format!("ALTER TABLE {} DROP CONSTRAINT IF EXISTS \"{}\";", self.table.quoted(), constraint.name);
                self.run("promise that values are there", &format!("{again} {}", constraint.add)).await?;
                self.run("prove that values are there", &constraint.validate).await?;
                self.run("make the column NOT NULL", &constraint.drop).await?;
            }
        }
        Ok(())
    }

    /// In one transaction: there is no instant at which plaintext could be written unseen.
    async fn drop_plaintext(&self) -> Result<(), StepError> {
        let constraints: String = self.pairs.iter().map(|pair| postgres::constraint(&self.table, pair).drop).collect();
        let columns = postgres::drop_columns(&self.table, self.pairs.iter().map(|pair| pair.plain));
        let trigger = postgres::drop_trigger(&self.table);
        let guard = postgres::guard_of_all(&self.table);
        self.run("drop the legacy columns", &format!("{trigger} {constraints} {columns} {guard}")).await
    }
}

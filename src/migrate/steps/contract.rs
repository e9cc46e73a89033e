//! The last step: what held plaintext goes.

use std::time::{Duration, Instant};

use super::operator::Operator;
use super::{StepError, script};
use crate::migrate::job::Job;
use crate::migrate::locks::Patience;
use crate::migrate::state::rows::{self, JobRow};
use crate::schema::sql::ident;
use crate::schema::transit::Pair;
use crate::schema::transit::postgres;

/// What becomes of the legacy columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Contract {
    /// They are dropped. What they held lies in the table's files until it is rewritten: see [`Job::residue`].
    Drop,
    /// They stay, without a value: for a column that a view or a report names. The table goes on refusing plaintext. A later
    /// [`Drop`](Self::Drop) is possible.
    Null,
}

impl Job {
    /// Drops or empties the legacy columns, makes the sealed ones NOT NULL where the model has no `Option`, and ends the migration.
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
            Contract::Null => {
                operator.null_plaintext().await?;
                operator.act(&script::guard(&operator.table)).await?;
            }
        }
        operator.note_files(&row).await?;
        operator.admin().end_job(&self.name).await?;
        operator.reached(&row, "contracted", "done").await
    }
}

impl Operator<'_> {
    /// Refuses while a live process has a model with one of the legacy columns.
    pub(in crate::migrate) async fn refuse_in_use(&self) -> Result<(), StepError> {
        let phases = self.admin().phases().await?;
        match phases.iter().find(|known| known.job == self.job.name) {
            Some(known) => Ok(self.admin().refuse_in_use(known).await?),
            None => Ok(()),
        }
    }

    /// Takes plaintext out of rows that are sealed, some blocks at a time. Who locks a row is waited for by another round.
    async fn null_plaintext(&self) -> Result<(), StepError> {
        let began = Instant::now();
        loop {
            for pair in &self.pairs {
                self.null_column(pair).await?;
            }
            let left: Vec<String> =
                self.pairs.iter().map(|pair| format!("{} IS NOT NULL", ident(pair.plain))).collect();
            match self.count(&left.join(" OR ")).await? {
                0 => return Ok(()),
                rows if began.elapsed() >= self.patience.overall => {
                    let what = "hold plaintext and are locked by others: run it again";
                    return Err(StepError::Incomplete { table: self.job.subject.table(), rows, what });
                }
                _ => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// The columns of one pair at a time: whoever names a column that is NULL already deletes a value unseen (MIG-19).
    async fn null_column(&self, pair: &Pair) -> Result<(), StepError> {
        let (table, plain) = (self.table.quoted(), ident(pair.plain));
        let blocks = "SELECT (pg_relation_size(to_regclass($1)) / current_setting('block_size')::int8)::int8";
        let blocks: i64 = self.client.query_one(blocks, &[&table]).await?.get(0);
        for from in (0..=blocks).step_by(BLOCKS) {
            let to = from.saturating_add(BLOCKS as i64);
            let sql = format!(
                "UPDATE {table} SET {plain} = NULL WHERE ctid IN (SELECT ctid FROM {table} WHERE ctid >= '({from},0)' AND \
                 ctid < '({to},0)' AND {plain} IS NOT NULL FOR UPDATE SKIP LOCKED);"
            );
            let setting = format!("SET LOCAL {} = 'on';", postgres::CLEARING);
            self.run("take plaintext out of rows", &format!("{setting} {sql}")).await?;
        }
        Ok(())
    }

    /// The files that the table lies in now: they hold what was dropped until others take their place.
    pub(in crate::migrate) async fn note_files(&self, row: &JobRow) -> Result<(), StepError> {
        let sql = "SELECT pg_relation_filenode(to_regclass($1))::int8";
        let file: Option<i64> = self.client.query_one(sql, &[&self.table.quoted()]).await?.get(0);
        let detail = serde_json::json!({ "filenode": file }).to_string();
        Ok(rows::event(&self.client, row.id, "emptied", &detail).await?)
    }
}

/// Blocks that are gone through in one transaction: 4 MiB, of the usual size.
const BLOCKS: usize = 512;

const PAUSE: Duration = Duration::from_millis(200);

//! The steps forward.

use super::StepError;
use super::operator::Operator;
use super::{preflight, script};
use crate::keys::Phase;
use crate::migrate::job::Job;
use crate::migrate::locks::Patience;
use crate::migrate::state::rows::{self, JobRow};
use crate::migrate::verify::{ReportError, VerifyReport};
use crate::schema::sql::ident;
use crate::schema::transit::postgres::Rules;

/// Where a job that seals a table is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Step {
    /// Sealed columns, indexes and the clearing trigger are there.
    Expanded,
    /// Processes write plaintext, cells and terms together.
    DualWrite,
    /// Plaintext writes are refused.
    Fenced,
    /// No value lies in plaintext only, as the database guarantees.
    Validated,
    /// Nobody reads plaintext.
    CutOver,
    /// The legacy columns are gone.
    Contracted,
}

impl Step {
    /// Its name in the job's row, and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expanded => "expanded",
            Self::DualWrite => "dual-write",
            Self::Fenced => "fenced",
            Self::Validated => "validated",
            Self::CutOver => "cut-over",
            Self::Contracted => "contracted",
        }
    }
}

impl Job {
    /// Makes the sealed columns, their indexes and the clearing trigger, and begins the migration: phase
    /// [`Phase::Expanded`]. The service goes on as before.
    ///
    /// # Errors
    /// [`StepError`]; [`StepError::Obstacles`] with everything that is in the way.
    pub async fn expand(&self, patience: Patience) -> Result<(), StepError> {
        let operator = Operator::take(self, patience).await?;
        preflight::check(&operator).await?;
        let spec = preflight::spec(&operator).await?;
        let row = operator.begun(&spec).await?;
        operator.at(&row, "expanded", &["begun"])?;
        operator.make_columns().await?;
        operator.make_indexes().await?;
        operator.clear().await?;
        operator.begin_phase().await?;
        operator.reached(&row, "expanded", "running").await
    }

    /// Has every process write plaintext, cell and term together: phase [`Phase::DualWrite`]. The backfill may begin.
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn dual_write(&self, patience: Patience) -> Result<(), StepError> {
        let operator = Operator::take(self, patience).await?;
        let row = operator.row().await?;
        operator.at(&row, "dual-write", &["expanded"])?;
        preflight::rules_hold(&operator, Rules::Clearing).await?;
        operator.admin().advance_phase(&self.name, Phase::Expanded).await?;
        operator.reached(&row, "dual-write", "running").await
    }

    /// Stops plaintext: phase [`Phase::Fenced`], and then the trigger that refuses what legacy writers write. Rows that they
    /// wrote until then are left to a sweep, which is the backfill once more.
    ///
    /// # Errors
    /// [`StepError`]; [`StepError::NotVerified`] unless the table was verified since `dual_write`.
    pub async fn fence(&self, patience: Patience) -> Result<(), StepError> {
        let operator = Operator::take(self, patience).await?;
        let row = operator.row().await?;
        operator.at(&row, "fenced", &["dual-write"])?;
        if row.step == "dual-write" {
            operator.verified_since(&row, "dual-write").await?;
            preflight::rules_hold(&operator, Rules::Clearing).await?;
        }
        operator.admin().advance_phase(&self.name, Phase::DualWrite).await?;
        operator.fence().await?;
        operator.reached(&row, "fenced", "running").await
    }

    /// Has the database guarantee that no value lies in plaintext only. Run a sweep before.
    ///
    /// # Errors
    /// [`StepError`]; [`StepError::Incomplete`] while there is a row that was not swept.
    pub async fn validate(&self, patience: Patience) -> Result<(), StepError> {
        let operator = Operator::take(self, patience).await?;
        let row = operator.row().await?;
        operator.at(&row, "validated", &["fenced"])?;
        operator.no_quarantine(&row).await?;
        preflight::rules_hold(&operator, Rules::Fencing).await?;
        operator.nothing_unsealed().await?;
        operator.constrain().await?;
        operator.reached(&row, "validated", "running").await
    }

    /// Ends the reading of plaintext: phase [`Phase::CutOver`].
    ///
    /// # Errors
    /// [`StepError`]; [`StepError::NotVerified`] unless the table was verified since `validate`.
    pub async fn cut_over(&self, patience: Patience) -> Result<(), StepError> {
        let operator = Operator::take(self, patience).await?;
        let row = operator.row().await?;
        operator.at(&row, "cut-over", &["validated"])?;
        if row.step == "validated" {
            operator.verified_since(&row, "validated").await?;
            preflight::rules_hold(&operator, Rules::Fencing).await?;
        }
        operator.admin().advance_phase(&self.name, Phase::Fenced).await?;
        operator.reached(&row, "cut-over", "running").await
    }
}

impl Operator<'_> {
    async fn make_columns(&self) -> Result<(), StepError> {
        self.all(&script::columns(&self.table, &self.pairs)).await
    }

    /// An index that was cut off is there, invalid, and would never be used.
    async fn make_indexes(&self) -> Result<(), StepError> {
        for (name, act) in script::indexes(&self.table, &self.pairs) {
            let sql =
                "SELECT coalesce((SELECT NOT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)), false)";
            if self.client.query_one(sql, &[&name]).await?.get(0) {
                self.run_alone("drop a broken index", &format!("DROP INDEX CONCURRENTLY IF EXISTS {name}")).await?;
            }
            self.act(&act).await?;
        }
        Ok(())
    }

    /// The clearing trigger, and a guard that leaves the pairs to it.
    pub(super) async fn clear(&self) -> Result<(), StepError> {
        self.act(&script::triggers(&self.table, &self.pairs, Rules::Clearing)).await
    }

    async fn fence(&self) -> Result<(), StepError> {
        self.act(&script::triggers(&self.table, &self.pairs, Rules::Fencing)).await
    }

    async fn begin_phase(&self) -> Result<(), StepError> {
        let columns: Vec<&str> = self.pairs.iter().map(|pair| pair.sealed).collect();
        let (job, table) = (self.job.name.as_str(), self.job.subject.table());
        let known = self.admin().phases().await?.into_iter().any(|known| known.job == job);
        if !known {
            self.admin().begin_job(job, table, &columns).await?;
        }
        Ok(())
    }

    pub(super) async fn verified_since(&self, row: &JobRow, since: &'static str) -> Result<(), StepError> {
        self.no_quarantine(row).await?;
        let table = self.job.subject.table();
        // Who writes the job's tables and holds no keys can't say that everything was verified.
        if let Some(report) = rows::latest(&self.client, row.id, "verified", since).await? {
            match VerifyReport::from_json(&report, &self.job.vault).await {
                Ok(report) if report.is_clean() && report.job == self.job.name => return Ok(()),
                Err(ReportError::Keys(error)) => return Err(error.into()),
                Ok(_) | Err(_) => return Err(StepError::ForgedReport { table }),
            }
        }
        Err(StepError::NotVerified { table, since })
    }

    async fn no_quarantine(&self, row: &JobRow) -> Result<(), StepError> {
        match rows::quarantined(&self.client, row.id).await? {
            0 => Ok(()),
            rows => Err(StepError::Quarantined { table: self.job.subject.table(), rows }),
        }
    }

    async fn nothing_unsealed(&self) -> Result<(), StepError> {
        let unsealed = |pair: &crate::schema::transit::Pair| {
            format!("({} IS NOT NULL AND {} IS NULL)", ident(pair.plain), ident(pair.sealed))
        };
        let condition = self.pairs.iter().map(unsealed).collect::<Vec<_>>().join(" OR ");
        match self.count(&condition).await? {
            0 => Ok(()),
            rows => {
                let what = "hold plaintext that is not sealed: sweep them first";
                Err(StepError::Incomplete { table: self.job.subject.table(), rows, what })
            }
        }
    }

    async fn constrain(&self) -> Result<(), StepError> {
        self.all(&script::promise(&self.table, &self.pairs)).await
    }
}

//! What a job would do, for review before anything is done.

mod facts;
mod sequence;
mod show;

use serde::Serialize;

use super::job::{Job, Kind};
use super::state::rows;
use super::steps::{Act, Obstacle, Operator, StepError, obstacles};

/// What a job would do, in order: its `Display` is SQL to be reviewed, with what else to know in comments.
///
/// The statements are those that the steps run, made by the same code.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Plan {
    /// The job.
    pub job: String,
    /// The table.
    pub table: String,
    /// What is done to it.
    pub kind: &'static str,
    /// The step that was taken last; `None`: the job has not begun.
    pub at: Option<String>,
    /// What is known of the table.
    pub facts: Facts,
    /// What is in the way: the first step refuses while there is any.
    pub obstacles: Vec<Obstacle>,
    /// What to know before.
    pub warnings: Vec<Warning>,
    /// The steps, in order.
    pub steps: Vec<PlannedStep>,
}

/// What the catalogs say of a table.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
#[non_exhaustive]
pub struct Facts {
    /// Rows, by the planner's estimate.
    pub rows: f64,
    /// Bytes of the table, without its indexes.
    pub bytes: i64,
    /// Bytes of its indexes.
    pub index_bytes: i64,
    /// Bytes that a pass over all rows may add until VACUUM gives them back: every row is written anew.
    pub needed_bytes: i64,
}

/// Something that can be lived with, and should be known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Warning {
    /// Stable, for programs.
    pub code: &'static str,
    /// What it is, and what to do about it.
    pub said: String,
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PlannedStep {
    /// Its name, which is its subcommand of `fieldseal migrate`.
    pub name: &'static str,
    /// What it is for.
    pub does: &'static str,
    /// The phase that processes are in afterwards, where it changes.
    pub phase: Option<&'static str>,
    /// What it runs. A pass over the table shows the statement that stands for its many.
    pub acts: Vec<Act>,
    /// How it is undone.
    pub reverse: &'static str,
    /// Whether it was done.
    pub done: bool,
}

impl Job {
    /// What the job would do, and what is in its way. Nothing is changed, not even by a first look: the job's own tables are
    /// made by its first step.
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn plan(&self) -> Result<Plan, StepError> {
        match self.kind {
            Kind::Seal => self.plan_steps().await,
            _ => self.plan_pass().await,
        }
    }

    async fn plan_steps(&self) -> Result<Plan, StepError> {
        let operator = Operator::look(self).await?;
        let at = self.step_of(&operator.client).await?;
        Ok(Plan {
            facts: facts::of(&operator.client, &operator.table.quoted()).await?,
            obstacles: obstacles(&operator).await?,
            warnings: facts::warnings(&operator.client, &operator.table.quoted(), &operator.pairs).await?,
            steps: sequence::of(&operator.table, &operator.pairs, at.as_deref()),
            ..self.planned(at)
        })
    }

    async fn plan_pass(&self) -> Result<Plan, StepError> {
        let client = self.postgres().connect().await?;
        let at = self.step_of(&client).await?;
        let table = self.quoted_table()?;
        Ok(Plan {
            facts: facts::of(&client, &table).await?,
            warnings: facts::warnings(&client, &table, &[]).await?,
            steps: vec![sequence::pass(self.kind, &table)],
            ..self.planned(at)
        })
    }

    fn planned(&self, at: Option<String>) -> Plan {
        Plan {
            job: self.name.clone(),
            table: self.subject.table().to_owned(),
            kind: self.kind.as_str(),
            at,
            facts: Facts::default(),
            obstacles: Vec::new(),
            warnings: Vec::new(),
            steps: Vec::new(),
        }
    }

    fn quoted_table(&self) -> Result<String, StepError> {
        let table = crate::schema::Table::all(&[self.subject.model()])?.pop();
        Ok(table.map(|table| table.quoted()).unwrap_or_default())
    }

    async fn step_of(&self, client: &tokio_postgres::Client) -> Result<Option<String>, StepError> {
        let there = "SELECT to_regclass('fieldseal_migrate.job') IS NOT NULL";
        if !client.query_one(there, &[]).await?.get::<_, bool>(0) {
            return Ok(None);
        }
        Ok(rows::find(client, &self.name).await?.map(|row| row.step))
    }
}

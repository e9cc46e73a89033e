//! The steps back.

use super::operator::Operator;
use super::{StepError, preflight, script};
use crate::keys::Phase;
use crate::migrate::job::Job;
use crate::migrate::locks::Patience;
use crate::schema::sql::ident;
use crate::schema::transit::Pair;
use crate::schema::transit::postgres::{self, Rules};

/// Where a job went back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RolledBack {
    /// To the fence: plaintext is read again where it is left.
    ToValidated,
    /// The constraints are gone.
    ToFenced,
    /// Plaintext is written again. Rows that have none get it back by a pass of [`Kind::Unseal`](crate::migrate::Kind::Unseal).
    ToDualWrite,
    /// Cells are written no more.
    ToExpanded,
    /// As if nothing had been.
    ToNothing,
}

impl Job {
    /// Goes one step back, by this operator's word. Nothing is lost: what can't be undone yet is refused.
    ///
    /// A contracted job goes back by [`reopen`](Self::reopen).
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn roll_back(&self, by: &str, reason: &str, patience: Patience) -> Result<RolledBack, StepError> {
        let operator = Operator::take(self, patience).await?;
        let row = operator.row().await?;
        let (step, state, to) = match row.step.as_str() {
            "cut-over" => {
                operator.admin().roll_back_phase(&self.name, Phase::CutOver, by, reason).await?;
                ("validated", "running", RolledBack::ToValidated)
            }
            "validated" => {
                operator.unconstrain().await?;
                ("fenced", "running", RolledBack::ToFenced)
            }
            "fenced" => {
                operator.unconstrain().await?;
                // Before the phase: whoever writes plaintext again finds the rules that go with it.
                operator.clear().await?;
                operator.admin().roll_back_phase(&self.name, Phase::Fenced, by, reason).await?;
                ("dual-write", "running", RolledBack::ToDualWrite)
            }
            "dual-write" => {
                operator.plaintext_everywhere().await?;
                operator.admin().roll_back_phase(&self.name, Phase::DualWrite, by, reason).await?;
                ("expanded", "running", RolledBack::ToExpanded)
            }
            "begun" | "expanded" => {
                operator.abandon(&row.spec).await?;
                ("begun", "aborted", RolledBack::ToNothing)
            }
            at => {
                let (job, at) = (self.name.clone(), at.to_owned());
                return Err(StepError::OutOfOrder { job, at, wanted: "rollback" });
            }
        };
        operator.reached(&row, step, state).await?;
        Ok(to)
    }

    /// Begins the way back of a contracted job: its legacy columns, empty, and phase [`Phase::CutOver`]. Deploy the model with
    /// its legacy columns, and then go back step by step.
    ///
    /// `types` names the SQL type of each legacy column, in the order of the model's columns in transit.
    ///
    /// # Errors
    /// [`StepError`].
    pub async fn reopen(&self, types: &[&str], by: &str, reason: &str, patience: Patience) -> Result<(), StepError> {
        let operator = Operator::take(self, patience).await?;
        let row = operator.row().await?;
        operator.at(&row, "cut-over", &["contracted"])?;
        operator.has_table_to_itself(&row).await?;
        operator.add_plaintext(types).await?;
        let columns: Vec<&str> = operator.pairs.iter().map(|pair| pair.sealed).collect();
        operator.admin().reopen_job(&self.name, self.subject.table(), &columns, by, reason).await?;
        operator.reached(&row, "cut-over", "running").await
    }
}

impl Operator<'_> {
    async fn unconstrain(&self) -> Result<(), StepError> {
        self.act(&script::unpromise(&self.table, &self.pairs)).await
    }

    /// Refuses while a value lies in its cell only: nobody would read it.
    async fn plaintext_everywhere(&self) -> Result<(), StepError> {
        preflight::rules_hold(self, Rules::Clearing).await?;
        let sealed_only =
            |pair: &Pair| format!("({} IS NULL AND {} IS NOT NULL)", ident(pair.plain), ident(pair.sealed));
        let condition = self.pairs.iter().map(sealed_only).collect::<Vec<_>>().join(" OR ");
        match self.count(&condition).await? {
            0 => Ok(()),
            rows => {
                let what = "hold values that are sealed only: restore their plaintext first";
                Err(StepError::Incomplete { table: self.job.subject.table(), rows, what })
            }
        }
    }

    /// Takes away what `expand` made.
    async fn abandon(&self, spec: &str) -> Result<(), StepError> {
        self.refuse_in_use().await?;
        self.admin().end_job(&self.job.name).await?;
        // The columns are not there yet where `expand` was cut off.
        let there = self.has_columns().await?;
        self.act(&script::drop_sealed(&self.table, &self.pairs, there)).await?;
        for column in preflight::were_not_null(spec) {
            let on = self.table.quoted();
            let set = format!("ALTER TABLE {on} ALTER COLUMN {} SET NOT NULL;", ident(&column));
            self.run("make the column NOT NULL again", &set).await?;
        }
        Ok(())
    }

    /// Whether `expand` has made the sealed columns.
    async fn has_columns(&self) -> Result<bool, StepError> {
        let sealed: Vec<&str> = self.pairs.iter().flat_map(Pair::sealed_columns).collect();
        let sql = "SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = ANY ($2) AND NOT attisdropped";
        let found: i64 = self.client.query_one(sql, &[&self.table.quoted(), &sealed]).await?.get(0);
        Ok(usize::try_from(found) == Ok(sealed.len()))
    }

    async fn add_plaintext(&self, types: &[&str]) -> Result<(), StepError> {
        let on = self.table.quoted();
        let mut sql = String::new();
        for (pair, ty) in self.pairs.iter().zip(types) {
            let ty: String = self.client.query_one("SELECT $1::text::regtype::text", &[ty]).await?.get(0);
            sql += &format!("ALTER TABLE {on} ADD COLUMN IF NOT EXISTS {} {ty};", ident(pair.plain));
            for column in pair.sealed_columns() {
                sql += &format!("ALTER TABLE {on} ALTER COLUMN {} DROP NOT NULL;", ident(column));
            }
        }
        let fence = postgres::function(&self.table, &self.pairs, Rules::Fencing);
        let trigger =
            postgres::trigger(&self.table, Rules::Fencing) + " " + &postgres::unseen(&self.table, &self.pairs);
        // The columns first: the function names them.
        self.run("make the legacy columns again", &format!("{sql} {fence} {trigger}")).await?;
        self.all(&script::promise(&self.table, &self.pairs)).await
    }
}

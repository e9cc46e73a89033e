//! Catching up, and the change of places.

use super::RewriteError;
use super::capture::{Capture, TRUNCATED};
use super::kept::Kept;
use super::shadow::temporary;
use crate::migrate::locks::StatementError;
use crate::migrate::steps::{Operator, StepError};
use crate::schema::sql::{ident, object_name};

/// Captured rows that are few enough to be copied while everybody waits.
const FEW: i64 = 500;

/// Rounds of catching up; who writes faster than that is waited for in the swap.
const ROUNDS: usize = 200;

impl Operator<'_> {
    /// Has the shadow take the table's place. `false`: the table was truncated meanwhile.
    pub(super) async fn swapped(&self, without: &[&str]) -> Result<bool, RewriteError> {
        let kept = Kept::read(&self.client, &self.table.quoted(), without).await?;
        let capture = Capture::of(&self.table, &kept);
        self.catch_up(&capture).await?;
        let swap = self.run("have the copy take the table's place", &self.swap_sql(&kept, &capture, without)).await;
        match swap {
            Ok(()) => {}
            Err(error) if is_truncated(&error) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        for proof in &kept.proofs {
            self.run("prove a foreign key", proof).await?;
        }
        Ok(true)
    }

    /// Copies captured rows anew, until few are left.
    pub(super) async fn catch_up(&self, capture: &Capture<'_>) -> Result<(), RewriteError> {
        let waiting = format!("SELECT count(*) FROM {}", Capture::log(&self.table));
        for _ in 0..ROUNDS {
            let waiting: i64 = self.client.query_one(&waiting, &[]).await?.get(0);
            let batch = capture.catch_up(&self.shadow_name());
            // All that the snapshot sees, or a unique value that went from row to row would be there twice.
            let sql = format!("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; {batch}");
            self.run("copy changed rows anew", &sql).await?;
            if waiting <= FEW {
                break;
            }
        }
        Ok(())
    }

    /// Everything in one transaction: whoever waited for the table finds its successor.
    fn swap_sql(&self, kept: &Kept, capture: &Capture<'_>, without: &[&str]) -> String {
        let (table, shadow) = (self.table.quoted(), self.shadow_name());
        let old = object_name(self.table.name(), "_fieldseal_old");
        let mut sql = vec![
            format!("LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;"),
            Capture::refuse_truncated(&self.table),
            capture.catch_up(&shadow),
            Capture::end(&self.table),
        ];
        sql.extend(kept.before.iter().cloned());
        sql.push(format!("ALTER TABLE {table} RENAME TO {};", ident(&old)));
        sql.push(format!("ALTER TABLE {shadow} RENAME TO {};", ident(self.table.name())));
        sql.extend(kept.beside.iter().map(|statement| statement.replace("@old@", &self.table.beside(&old))));
        sql.push(format!("DROP TABLE {};", self.table.beside(&old)));
        for made in &kept.indexes {
            sql.push(if made.is_index {
                format!("ALTER INDEX {} RENAME TO {};", self.table.beside(&temporary(&made.name)), ident(&made.name))
            } else {
                let name = ident(&temporary(&made.name));
                format!("ALTER TABLE {table} RENAME CONSTRAINT {name} TO {};", ident(&made.name))
            });
        }
        sql.extend(kept.after.iter().cloned());
        if !without.is_empty() {
            sql.push(crate::migrate::steps::script::guard(&self.table).sql);
        }
        sql.join("\n")
    }
}

fn is_truncated(error: &StepError) -> bool {
    let StepError::Statement(StatementError::Refused { source, .. }) = error else { return false };
    source.code().is_some_and(|code| code.code() == TRUNCATED)
}

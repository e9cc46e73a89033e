//! The phases of migrations: begun, advanced, rolled back and ended, each by one operator, each seen by every process.

mod error;

use super::{KeyAdmin, Step};
use crate::keys::phases::Phases;
use crate::keys::{JobPhase, KeyError, Phase, Rollback};

pub use error::PhaseError;

impl KeyAdmin {
    /// The phase of every migration, read and verified now.
    ///
    /// # Errors
    /// [`KeyError`].
    pub async fn phases(&self) -> Result<Vec<JobPhase>, KeyError> {
        Ok(self.custody.phases().await?.jobs)
    }

    /// Begins a migration of these sealed columns of a table, at [`Phase::Expanded`]. `false`: this very job has begun.
    ///
    /// # Errors
    /// [`PhaseError`]; [`PhaseError::PairTaken`] for a column of another job.
    pub async fn begin_job(&self, job: &str, table: &str, columns: &[&str]) -> Result<bool, PhaseError> {
        self.open_job(job, table, columns, Phase::Expanded, Vec::new()).await
    }

    /// Begins the way back of a migration that was contracted, at [`Phase::CutOver`], once the legacy columns are there again.
    /// `false`: it has begun.
    ///
    /// # Errors
    /// As [`begin_job`](Self::begin_job).
    pub async fn reopen_job(
        &self,
        job: &str,
        table: &str,
        columns: &[&str],
        by: &str,
        reason: &str,
    ) -> Result<bool, PhaseError> {
        let rollback = self.rollback(None, Phase::CutOver, by, reason)?;
        self.open_job(job, table, columns, Phase::CutOver, vec![rollback]).await
    }

    async fn open_job(
        &self,
        job: &str,
        table: &str,
        columns: &[&str],
        phase: Phase,
        rollbacks: Vec<Rollback>,
    ) -> Result<bool, PhaseError> {
        for (what, value) in [("a job's name", job), ("the table's name", table)] {
            text(what, value)?;
        }
        let columns: Vec<String> = columns.iter().map(|column| (*column).to_owned()).collect();
        let new = JobPhase { job: job.to_owned(), table: table.to_owned(), columns, phase, rollbacks };
        self.settle_phases().await?;
        let step = Step::SetPhase { job: new.job.clone(), phase };
        let begun = self.edit_phases(step, |phases| open(phases, &new)).await?;
        self.settle_phases().await?;
        Ok(begun)
    }

    /// Moves a migration one phase on, and waits until every live process works by it. Of two operators one moves it; the
    /// other is told [`PhaseError::Moved`]. Done already, by a call that was cut off: it only waits.
    ///
    /// # Errors
    /// [`PhaseError`].
    pub async fn advance_phase(&self, job: &str, from: Phase) -> Result<Phase, PhaseError> {
        let to = from.next().ok_or_else(|| PhaseError::NoStep { job: job.to_owned(), phase: from })?;
        self.move_phase(job, from, to, None).await?;
        Ok(to)
    }

    /// Moves a migration one phase back, by this operator's word, and waits until every live process works by it.
    ///
    /// What has to be done to the rows before or after is the job's to do: see
    /// [`migrate::Job::roll_back`](crate::migrate::Job).
    ///
    /// # Errors
    /// [`PhaseError`].
    pub async fn roll_back_phase(&self, job: &str, from: Phase, by: &str, reason: &str) -> Result<Phase, PhaseError> {
        let to = from.previous().ok_or_else(|| PhaseError::NoStep { job: job.to_owned(), phase: from })?;
        let rollback = self.rollback(Some(from), to, by, reason)?;
        self.move_phase(job, from, to, Some(rollback)).await?;
        Ok(to)
    }

    async fn move_phase(
        &self,
        job: &str,
        from: Phase,
        to: Phase,
        rollback: Option<Rollback>,
    ) -> Result<(), PhaseError> {
        // No process may still be in the phase before `from`.
        self.settle_phases().await?;
        let step = Step::SetPhase { job: job.to_owned(), phase: to };
        self.edit_phases(step, |phases| shift(phases, job, from, to, rollback.as_ref())).await?;
        self.settle_phases().await
    }

    /// Ends a migration: its columns have no phase from then on. `false`: there is no such job.
    ///
    /// # Errors
    /// [`PhaseError`]; [`PhaseError::InUse`] while a live process has a model with one of its legacy columns.
    pub async fn end_job(&self, job: &str) -> Result<bool, PhaseError> {
        self.settle_phases().await?;
        let phases = self.custody.phases().await?;
        let Some(ended) = phases.job(job) else { return Ok(false) };
        self.refuse_in_use(ended).await?;
        let step = Step::EndJob { job: job.to_owned() };
        let done = self.edit_phases(step, |phases| {
            let before = phases.jobs.len();
            phases.jobs.retain(|other| other.job != job);
            Ok((phases.jobs.len() < before).then_some(()))
        });
        let done = done.await?;
        self.settle_phases().await?;
        Ok(done)
    }

    /// Refuses while a live process has a model with one of the job's legacy columns.
    ///
    /// # Errors
    /// [`PhaseError::InUse`].
    pub(crate) async fn refuse_in_use(&self, job: &JobPhase) -> Result<(), PhaseError> {
        for process in self.processes().await? {
            let legacy = process.models.iter().find(|model| model.table == job.table);
            let used = legacy.and_then(|model| model.legacy.iter().find(|column| job.columns.contains(column)));
            if let Some(column) = used {
                let (table, column) = (job.table.clone(), column.clone());
                return Err(PhaseError::InUse { table, column, host: process.host, pid: process.pid });
            }
        }
        Ok(())
    }

    fn rollback(&self, from: Option<Phase>, to: Phase, by: &str, reason: &str) -> Result<Rollback, PhaseError> {
        for (what, value) in [("the name", by), ("the reason", reason)] {
            text(what, value)?;
        }
        let when = self.custody.clock().unix_seconds();
        Ok(Rollback { from, to, by: by.to_owned(), reason: reason.to_owned(), when })
    }

    /// Edits the phases, or in a dry run says what the edit would come to. Whether there was anything to do.
    async fn edit_phases(
        &self,
        step: Step,
        mut edit: impl FnMut(&mut Phases) -> Result<Option<()>, PhaseError>,
    ) -> Result<bool, PhaseError> {
        let done = if self.is_dry() {
            edit(&mut self.custody.phases().await?)?
        } else {
            self.custody.change_phases(edit).await?
        };
        if done.is_some() {
            self.tell(None, step);
        }
        Ok(done.is_some())
    }

    async fn settle_phases(&self) -> Result<(), PhaseError> {
        Ok(self.settle(None).await?)
    }
}

fn open(phases: &mut Phases, new: &JobPhase) -> Result<Option<()>, PhaseError> {
    if let Some(known) = phases.job(&new.job) {
        let same = (&known.table, &known.columns, known.phase) == (&new.table, &new.columns, new.phase);
        return if same { Ok(None) } else { Err(PhaseError::JobTaken { job: new.job.clone() }) };
    }
    let taken = |job: &&JobPhase| new.columns.iter().any(|column| job.has(&new.table, column));
    if let Some(other) = phases.jobs.iter().find(taken) {
        return Err(PhaseError::PairTaken { job: other.job.clone(), table: new.table.clone() });
    }
    if phases.jobs.len() >= MAX_JOBS {
        return Err(PhaseError::TooMany { most: MAX_JOBS });
    }
    phases.jobs.push(new.clone());
    Ok(Some(()))
}

fn shift(
    phases: &mut Phases,
    name: &str,
    from: Phase,
    to: Phase,
    rollback: Option<&Rollback>,
) -> Result<Option<()>, PhaseError> {
    let job = phases.jobs.iter_mut().find(|job| job.job == name);
    let job = job.ok_or_else(|| PhaseError::NoJob { job: name.to_owned() })?;
    match job.phase {
        found if found == from => {
            job.phase = to;
            job.rollbacks.extend(rollback.cloned());
            Ok(Some(()))
        }
        found if found == to => Ok(None),
        found => Err(PhaseError::Moved { job: name.to_owned(), expected: from, found }),
    }
}

fn text(what: &'static str, text: &str) -> Result<(), PhaseError> {
    super::standing::text(what, text).map_err(|_| PhaseError::Text { what })
}

/// Migrations at once: the note is read by every process whenever one of them moves.
const MAX_JOBS: usize = 200;

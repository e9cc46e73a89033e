//! Which job is meant by the arguments.

use crate::cli::args::{Direction, On};
use crate::cli::failure::{Exit, Failure};
use crate::cli::service::Service;
use crate::migrate::{Job, ReportError, RewriteError, RunError, StepError, Subject, SubjectError, VerifyError};

/// The job on the table, in the database that holds it.
pub(super) fn job(on: &On, service: &Service) -> Result<Job, Failure> {
    let subject = service.subject(&on.table)?;
    let subject = if on.columns.is_empty() { subject } else { only(subject, &on.columns)? };
    let job = Job::new(&service.vault, on.kind.into(), subject, service.postgres(on.database.as_deref())?);
    Ok(match &on.job {
        Some(name) => job.named(name),
        // There and back are steps of one job.
        None if on.kind == Direction::Unseal => job.named(format!("seal-{}", on.table)),
        None => job,
    })
}

fn only(subject: Subject, columns: &[String]) -> Result<Subject, Failure> {
    let known = |name: &String| subject.model().columns.iter().any(|column| column.column == name.as_str());
    if let Some(unknown) = columns.iter().find(|name| !known(name)) {
        let said = format!("{} has no sealed column `{unknown}`", subject.table());
        return Err(Failure::failed("cli.no_column", said));
    }
    Ok(subject.only(&columns.iter().map(String::as_str).collect::<Vec<_>>()))
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        let rule = matches!(
            error,
            RunError::Aborted { .. } | RunError::Busy { .. } | RunError::OtherPass { .. } | RunError::OutOfOrder { .. }
        );
        let otherwise = match error {
            RunError::Quarantine { .. } => Exit::Found,
            _ if rule => Exit::Refused,
            _ => Exit::Failed,
        };
        Self::of(&error, error.code(), error.is_retryable(), otherwise)
    }
}

impl From<StepError> for Failure {
    fn from(error: StepError) -> Self {
        let failed = matches!(error, StepError::Connect(_) | StepError::Query(_) | StepError::Statement(_));
        // Another operator is a rule's refusal, though the next try may succeed.
        let retryable = error.is_retryable() && !matches!(error, StepError::Busy { .. });
        Self::of(&error, error.code(), retryable, if failed { Exit::Failed } else { Exit::Refused })
    }
}

impl From<RewriteError> for Failure {
    fn from(error: RewriteError) -> Self {
        match error {
            RewriteError::Run(error) => error.into(),
            RewriteError::Step(error) => error.into(),
            error @ RewriteError::Truncated { .. } => Self::of(&error, error.code(), true, Exit::Failed),
        }
    }
}

impl From<VerifyError> for Failure {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Run(error) => error.into(),
            VerifyError::Keys(error) => error.into(),
            VerifyError::Note(error) => error.into(),
        }
    }
}

impl From<ReportError> for Failure {
    fn from(error: ReportError) -> Self {
        Self::of(&error, error.code(), error.is_retryable(), Exit::Found)
    }
}

impl From<SubjectError> for Failure {
    fn from(error: SubjectError) -> Self {
        Self::of(&error, error.code(), error.is_retryable(), Exit::Refused)
    }
}

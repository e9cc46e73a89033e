//! The transform that a job's kind calls for.

use std::sync::Arc;

use super::error::RunError;
use super::options::RunOptions;
use crate::migrate::transform::{Rebind, Reindex, Reseal, Restore, Seal, Transform};
use crate::migrate::{Job, Kind};

/// The transform of a job, and what its passes are called.
pub(super) fn transform_of(job: &Job, options: &RunOptions) -> Result<(Arc<dyn Transform>, String), RunError> {
    let table = job.subject.table();
    let unique = job.subject.columns.iter().any(|column| column.index.is_some_and(|index| index.schema.unique));
    if job.kind == Kind::Reindex && unique {
        let why = "a UNIQUE index would let one value in twice, under the old key and the new: re-index it by a second \
                   column, `term_next`, that takes its place when it is complete";
        return Err(RunError::Unsupported { table, why });
    }
    let (subject, below, firm) = (&job.subject, options.below, options.firm.clone());
    let transform: Arc<dyn Transform> = match (job.kind, &job.before) {
        (Kind::Seal, _) => Arc::new(Seal::new(subject, firm)),
        (Kind::Unseal, _) => Arc::new(Restore::new(subject, firm)),
        (Kind::Reseal, _) => Arc::new(Reseal::new(subject, below, firm)),
        (Kind::Reindex, _) => Arc::new(Reindex::new(subject, below, firm)),
        (Kind::Rebind, Some(before)) => Arc::new(Rebind::new(subject, &before.subject, before.binding.clone())),
        (Kind::Rebind, None) => {
            return Err(RunError::Unsupported {
                table,
                why: "say what its cells were bound to before, by `Job::rebinding`",
            });
        }
    };
    Ok((transform, work(job, options)))
}

/// Passes of one job that differ in what they do differ in their names.
fn work(job: &Job, options: &RunOptions) -> String {
    let mut work = job.kind.as_str().to_owned();
    if let Some(version) = options.below {
        work.push_str(&format!(" below {version}"));
    }
    if let Some(firm) = &options.firm {
        work.push_str(&format!(" of {firm}"));
    }
    work
}

//! Online re-encryption: a table of plaintext, of home-made ciphertext or of old keys is rewritten while writers of every age
//! go on (spec/migration.md).
//!
//! A [`Job`] is made of a [`Subject`], which says what of a table is worked on, and a [`Target`], which says where the table
//! is. Its steps are functions of the job; each can be run again after it was cut off anywhere.

mod convert;
mod engine;
mod job;
mod locks;
mod plan;
mod postgres;
mod residue;
mod rewrite;
mod row;
mod rows;
mod state;
mod steps;
mod subject;
mod throttle;
mod transform;
mod verify;

pub use engine::{PassReport, Progress, Quarantined, RunError, RunEvent, RunOptions, Status, Stop};
pub use job::{FormerFirm, Job, Kind, Target};
pub use locks::{Blocker, Patience, StatementError};
pub use plan::{Facts, Plan, PlannedStep, Warning};
pub use postgres::{ConnectError, Postgres};
pub use residue::{Residue, Trace};
pub use rewrite::RewriteError;
pub use row::Reason;
pub use steps::{Act, Contract, Lock, Obstacle, RolledBack, Step, StepError};
pub use subject::{Subject, SubjectError};
pub use throttle::{SlowedBy, Throttle};
pub use verify::{ColumnReport, ReportError, VerifyError, VerifyReport};

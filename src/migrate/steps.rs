//! The steps of a job that seals a table, forward and back (spec/migration.md, Steps).

mod contract;
mod error;
mod forward;
mod operator;
mod preflight;
mod reverse;
pub(super) mod script;

pub use contract::Contract;
pub use error::{Obstacle, StepError};
pub use forward::Step;
pub use reverse::RolledBack;
pub use script::{Act, Lock};

pub(super) use operator::Operator;
pub(super) use preflight::{obstacles, were_legacy};

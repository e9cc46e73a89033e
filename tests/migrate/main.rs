//! Online re-encryption: every step, forward and back, with writers of all ages at work.

#![allow(clippy::unwrap_used, reason = "a test, and what tests share, stops at the first failure, where it stands")]

mod backfill;
mod chaos;
#[cfg(feature = "cli")]
mod cli;
mod journey;
mod models;
mod process;
mod rewrite;
mod steps;

#[allow(dead_code, reason = "the suite in `it` tests the servers themselves")]
#[path = "../it"]
mod shared {
    pub(crate) mod support;
}

#[allow(unused_imports, reason = "the helpers find each other by it")]
use shared::support;

mod protocol;

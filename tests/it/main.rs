//! The integration tests: one binary, a file per topic.

#![allow(clippy::unwrap_used, reason = "a test, and what tests share, stops at the first failure, where it stands")]

mod backends;
mod cells;
mod costs;
mod examples;
mod harness;
mod key_stores;
mod keys;
mod leaks;
mod local_keys;
mod misuse;
mod models;
mod print_schema;
mod readme;
mod schema;
mod sessions;
mod support;
mod values;

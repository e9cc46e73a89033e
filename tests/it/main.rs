//! The integration tests: one binary, a file per topic.

#![allow(clippy::unwrap_used, reason = "a test, and what tests share, stops at the first failure, where it stands")]

mod ahead;
mod ambient;
mod backends;
mod cells;
mod costs;
mod defaults;
mod embed;
mod examples;
mod foreign;
mod guide;
mod harness;
mod key_stores;
mod keys;
mod leaks;
mod local_keys;
mod misuse;
mod models;
mod multi;
mod newtypes;
mod pad;
mod print_schema;
mod protected;
mod readme;
mod round_trip;
mod schema;
mod sessions;
mod shapes;
mod support;
mod values;
mod views;
mod views_without_keys;

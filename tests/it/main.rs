//! Integration tests: one binary, a file per topic.
#![allow(clippy::unwrap_used, reason = "a test stops at the first failure, where it stands")]

mod key_stores;
mod local_keys;

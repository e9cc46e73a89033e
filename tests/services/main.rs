//! Services in small, shaped like real ones, with tests of their own.

#![allow(clippy::unwrap_used, reason = "a test, and what tests share, stops at the first failure, where it stands")]

mod forum;
#[path = "passwords/main.rs"]
mod passwords;
mod registry;

#[allow(dead_code, reason = "the suite in `it` tests the servers themselves")]
#[path = "../it"]
mod shared {
    pub(crate) mod support;
}

use shared::support;

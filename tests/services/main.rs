//! Services in small, shaped like real ones: what sealing their fields changes, and that it changes nothing else.

#![allow(clippy::unwrap_used, reason = "a test, and what tests share, stops at the first failure, where it stands")]

mod forum;
#[path = "passwords/main.rs"]
mod passwords;
mod registry;
mod secrets;
mod vault;
mod watched;

#[allow(dead_code, reason = "the suite in `it` tests the servers themselves")]
#[path = "../it"]
mod shared {
    pub(crate) mod support;
}

use shared::support;

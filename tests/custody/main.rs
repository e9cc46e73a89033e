//! Keys in real life: processes that come, stop and die, key services that fail, operators who rotate and destroy.

#![allow(clippy::unwrap_used, reason = "a test, and what tests share, stops at the first failure, where it stands")]

mod admin;
mod anchor;
mod escrow;
mod process;
mod recovery;

#[allow(dead_code, reason = "the suite in `it` tests the servers themselves")]
#[path = "../it"]
mod shared {
    pub(crate) mod support;
}

use shared::support;

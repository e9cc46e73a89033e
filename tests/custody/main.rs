//! Keys in real life: processes that come, stop and die, key services that fail, operators who rotate and destroy.

#![allow(clippy::unwrap_used, reason = "a test, and what tests share, stops at the first failure, where it stands")]

mod admin;
mod anchor;
mod byok;
mod cache;
mod certificate;
mod erasure;
mod escrow;
mod fallback;
mod fleet;
mod fleet_model;
mod holds;
mod kek;
mod kms;
mod master;
mod phases;
mod places;
mod process;
mod providers;
mod recovery;
mod revocation;
mod rotation;
mod shredding;
mod standing;

#[allow(dead_code, reason = "the suite in `it` tests the servers themselves")]
#[path = "../it"]
mod shared {
    pub(crate) mod support;
}

use shared::support;

//! Field encryption for Rust services on Diesel.
#![cfg_attr(not(test), warn(clippy::unwrap_used))]

pub mod context;
pub mod envelope;
pub mod random;
pub mod secret;
pub mod keys;
mod suite;

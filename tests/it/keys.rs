//! Keys under attack: a store that lies, loads that race, processes that come and go.

mod cache;
mod creation;
mod shredding;
mod sqlite;
mod tampering;
pub(crate) mod tools;

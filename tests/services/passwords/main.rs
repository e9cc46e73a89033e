//! A password manager: synchronous, for one organization, on SQLite, MySQL or PostgreSQL, whichever the configuration names.
//!
//! Clients encrypt their vaults themselves. What the service holds besides is its own: e-mail addresses, second factors,
//! API keys, tokens of devices.

mod api;
mod crypto;
mod db;
mod error;
mod model;
mod schema;
mod tests;

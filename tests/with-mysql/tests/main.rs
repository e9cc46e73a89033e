//! MySQL beside PostgreSQL and SQLite: the connection of all three, and the password manager's own tests.

#![allow(clippy::unwrap_used, reason = "a test, and what tests share, stops at the first failure, where it stands")]

mod mariadb;
mod multi;
mod watched;

#[path = "../../services/passwords/main.rs"]
mod passwords;
#[path = "../../services/secrets.rs"]
mod secrets;
#[path = "../../services/vault.rs"]
mod vault;

#[allow(dead_code, reason = "the suite in `it` tests the servers themselves")]
#[path = "../../it"]
mod shared {
    pub(crate) mod support;
}

use shared::support;

//! The service's own tests, over each of its databases.

mod accounts;
mod databases;
mod vaults;

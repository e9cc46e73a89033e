//! The service's own tests, over each of its databases.

mod accounts;
mod at_rest;
mod databases;
mod vaults;
mod watched;

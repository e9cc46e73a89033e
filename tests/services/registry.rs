//! An asynchronous package registry: users who sign in with their GitHub account, API tokens, crates and their owners.

#![allow(missing_docs, unreachable_pub, reason = "written as the service that it stands for, which nobody imports")]

mod db;
mod models;
mod schema;
mod session;
mod signup;
#[cfg(test)]
mod tests;

//! An asynchronous forum: persons of this and of other servers, local users who log in, private messages, registrations.

#![allow(missing_docs, unreachable_pub, reason = "written as the service that it stands for, which nobody imports")]

mod db;
mod models;
mod newtypes;
mod schema;
#[cfg(test)]
mod tests;
mod views;

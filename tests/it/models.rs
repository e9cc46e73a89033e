//! The models of the suite, one a file with its table, and the SQL that makes the tables.

pub(crate) mod client;
pub(crate) mod document;
pub(crate) mod ledger;
pub(crate) mod matter;
pub(crate) mod person;
pub(crate) mod sample;
pub(crate) mod setting;
mod tables;
pub(crate) mod user;

pub(crate) use tables::create_tables;

use client::clients;
use matter::matters;

diesel::allow_tables_to_appear_in_same_query!(clients, matters);

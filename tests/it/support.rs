//! What the tests stand on: real servers, found or started by the tests themselves, and a watch over all that they are told.

pub(crate) mod postgres;
pub(crate) mod sqlite;
pub(crate) mod watch;

//! What the tests stand on: real servers, found or started by the tests themselves.

pub(crate) mod postgres;

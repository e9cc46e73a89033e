//! `#[encrypted(ambient)]`: Diesel writes and reads the plaintext struct, in a session's scope. What every connection
//! type does alike is among the backends' cases.

mod attempts;
mod batches;
mod failures;
mod firms;
mod kinds;
mod lost;
pub(crate) mod models;
pub(crate) mod platform;
mod polled;
mod renewal;
mod shapes;
mod stress;
mod tasks;
mod unsealed;

use diesel::result::Error as DieselError;
use fieldseal::{Error, Session};

/// A session of `acme`, whose keys exist.
pub(crate) fn session() -> Session {
    let vault = fieldseal::testing::vault().blocking();
    vault.create_firm("acme").unwrap();
    vault.session("acme").unwrap()
}

/// The code of our error inside Diesel's.
pub(crate) fn code<T>(result: Result<T, DieselError>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(error) => Error::find(&error).map_or_else(|| panic!("not ours: {error}"), Error::code),
    }
}

/// Panics unless the statement failed because no session was in scope, with an error that names model and remedy.
#[track_caller]
pub(crate) fn assert_lost<T>(result: Result<T, DieselError>, model: &str) {
    let error = result.err().expect("a statement outside of a scope fails");
    let ours = Error::find(&error).unwrap_or_else(|| panic!("not ours: {error}"));
    assert_eq!(ours.code(), "keys.no_scope");
    let text = ours.to_string();
    assert!(text.contains(&format!("`{model}`")) && text.contains("`session.scope(|| …)`"), "{text}");
    assert!(text.contains("`tokio::spawn`"), "{text}");
}

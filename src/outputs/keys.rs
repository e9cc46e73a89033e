//! Every key that this process makes while somebody watches.

use std::sync::{Mutex, PoisonError};

/// A key of some role.
#[derive(Clone)]
pub(crate) struct Made {
    pub(crate) role: &'static str,
    pub(crate) bytes: Vec<u8>,
}

static WATCHED: Mutex<Option<Vec<Made>>> = Mutex::new(None);

/// Called by every role's constructor in unit tests.
pub(crate) fn note(role: &'static str, bytes: &[u8]) {
    if let Some(made) = WATCHED.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
        made.push(Made { role, bytes: bytes.to_vec() });
    }
}

/// The keys that were made while `run` ran, also those of other threads.
pub(super) fn recorded(run: impl FnOnce()) -> Vec<Made> {
    *WATCHED.lock().unwrap_or_else(PoisonError::into_inner) = Some(Vec::new());
    run();
    WATCHED.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
}

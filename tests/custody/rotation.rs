//! Versions of data and index keys: made, activated, retired, destroyed, with nothing lost on the way.

mod crashes;
mod destroyed;
mod due;
pub(crate) mod killed;
pub(crate) mod load;
mod many;
mod notes;
mod one;
mod protected;
mod retired;
mod service;

use std::sync::{Arc, Mutex};

use fieldseal::admin::KeyAdmin;
use fieldseal::keys::{KeyState, Purpose};
use pollster::block_on;

/// The firm's versions of `purpose`, with their states.
fn states(admin: &KeyAdmin, firm: &str, purpose: Purpose) -> Vec<(u32, KeyState)> {
    let versions = block_on(admin.keys(firm)).unwrap().versions;
    versions.iter().filter(|key| key.purpose == purpose).map(|key| (key.version, key.state)).collect()
}

/// An operator who writes down what is told.
fn listening(admin: KeyAdmin) -> (KeyAdmin, Arc<Mutex<Vec<String>>>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let lines = told.clone();
    (admin.telling(move |progress| lines.lock().unwrap().push(progress.to_string())), told)
}

//! The thread that empties expired slots, so that a key is gone in time though nobody asks for it.

use std::sync::Weak;
use std::thread;
use std::time::Duration;

use super::Custody;

/// Time between two sweeps. A machine that wakes from suspend sweeps within it.
const PERIOD: Duration = Duration::from_secs(1);

/// Sweeps until the custody is dropped. Without a thread (the system refuses one) every `session()` still checks ages.
pub(super) fn start(custody: Weak<Custody>) {
    let sweep = move || {
        while let Some(custody) = custody.upgrade() {
            custody.sweep();
            drop(custody);
            thread::park_timeout(PERIOD);
        }
    };
    if let Err(error) = thread::Builder::new().name("fieldseal-keys".to_owned()).spawn(sweep) {
        tracing::error!(name: "fieldseal.keys.no_timer", %error, "expired keys are dropped only when next asked for");
    }
}

//! What a process says of itself.

use std::time::Duration;

use uuid::Uuid;

use crate::clock::Clock;
use crate::keys::store::ProcessRecord;

/// This process, about to register.
pub(super) fn this_process(clock: &dyn Clock, lease: Duration, info: String) -> ProcessRecord {
    ProcessRecord {
        id: Uuid::new_v4(),
        beat: 0,
        acknowledged: 0,
        lease,
        started: clock.unix_seconds(),
        host: host(),
        pid: std::process::id(),
        release: env!("CARGO_PKG_VERSION").to_owned(),
        info,
    }
}

/// The machine's name, as far as it says one.
#[cfg(unix)]
fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn host() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_default()
}

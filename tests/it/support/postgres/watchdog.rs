//! Cleans up after this process, however it ends.

use std::{
    io,
    os::unix::process::CommandExt as _,
    process::{Child, Command, Stdio},
};

/// A shell that runs its clean-up when this process has ended, also by `kill -9`: values in statics are never dropped,
/// but the kernel closes the pipe on which the shell waits.
pub(crate) struct Watchdog {
    _shell: Child,
}

impl Watchdog {
    /// `clean_up` is shell code that finds `arguments` in `$1`, `$2` and so on.
    pub(crate) fn start(clean_up: &str, arguments: &[&str]) -> io::Result<Self> {
        let script = format!("trap '' HUP INT TERM; read -r _; {clean_up}");
        let shell = Command::new("sh")
            .args(["-c", &script, "fieldseal-test-watchdog"])
            .args(arguments)
            // Out of the test's working directory and process group: Ctrl-C and a runner's time-out kill the group.
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::piped())
            // A runner waits until nobody holds its pipes.
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { _shell: shell })
    }
}

//! The real parts: a KMS, a Vault, and an HSM's token, each once a test process and gone with it.

pub(crate) mod bao;
pub(crate) mod http;
pub(crate) mod moto;
pub(crate) mod softhsm;

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::postgres::watchdog::Watchdog;

/// The program that `variable` names, else the one that tests/run has installed.
fn program(variable: &str, installed: &str) -> PathBuf {
    let path = match std::env::var_os(variable) {
        Some(path) => path.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools").join(installed),
    };
    assert!(path.exists(), "{} is not there: run tests/run once, or name it by {variable}", path.display());
    path
}

/// A server on a free port of the loopback address, ended with this process in whatever manner.
struct Running {
    port: u16,
    directory: tempfile::TempDir,
    _child: Child,
    _watchdog: Watchdog,
}

/// Starts `command` with a port and an empty directory, and waits until it `answers`.
fn start(command: impl Fn(u16, &Path) -> Command, answers: impl Fn(u16) -> bool) -> Running {
    // Other processes look for a free port at the same time.
    for _ in 0..5 {
        let (port, directory) = (free_port(), tempfile::tempdir().unwrap());
        let mut command = command(port, directory.path());
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let mut child = child.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let arguments = [child.id().to_string(), directory.path().to_str().unwrap().to_owned()];
        // Values in statics are never dropped: the directory is the watchdog's to remove.
        let watchdog = Watchdog::start(r#"kill "$1"; rm -rf "$2""#, &arguments.each_ref().map(String::as_str)).unwrap();
        let began = Instant::now();
        while began.elapsed() < PATIENCE && child.try_wait().unwrap().is_none() {
            if answers(port) {
                return Running { port, directory, _child: child, _watchdog: watchdog };
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = child.kill();
    }
    panic!("no server answers within {PATIENCE:?}");
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn listens(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

const PATIENCE: Duration = Duration::from_secs(60);

//! An HSM's token as SoftHSM has it.
//!
//! The module reads its configuration's place from the environment once, so that each test of it runs in a process of its
//! own, which this one starts.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

pub(crate) const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
pub(crate) const TOKEN: &str = "fieldseal test";
pub(crate) const PIN: &str = "71832";

/// Says to a child that it is one.
const CHILD: &str = "FIELDSEAL_TEST_HSM";

/// Runs `test`, whose whole name is `name`, where an HSM is; this process watches it.
pub(crate) fn with_hsm(name: &str, test: impl FnOnce()) {
    if std::env::var_os(CHILD).is_some() {
        return test();
    }
    let directory = tempfile::tempdir().unwrap();
    let configuration = initialize(directory.path());
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .envs([(CHILD, "1"), ("SOFTHSM2_CONF", &configuration)])
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&child.stdout), String::from_utf8_lossy(&child.stderr));
    assert!(child.status.success() && said.contains("1 passed"), "{name}:\n{said}");
}

/// Makes a token, and gives the path of the configuration that leads to it.
fn initialize(directory: &Path) -> String {
    let (tokens, configuration) = (directory.join("tokens"), directory.join("softhsm2.conf"));
    std::fs::create_dir(&tokens).unwrap();
    let text = format!("directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n", tokens.display());
    std::fs::write(&configuration, text).unwrap();
    let configuration = configuration.to_str().unwrap().to_owned();
    let made = Command::new("softhsm2-util")
        .args(["--init-token", "--free", "--label", TOKEN, "--pin", PIN, "--so-pin", "93817264"])
        .env("SOFTHSM2_CONF", &configuration)
        .output()
        .unwrap_or_else(|error| panic!("softhsm2-util: {error}: run tests/run once, or install softhsm2"));
    assert!(made.status.success(), "{made:?}");
    configuration
}

/// Labels that no other test of this process uses.
pub(crate) fn label(name: &str) -> String {
    static NEXT: OnceLock<std::sync::atomic::AtomicU64> = OnceLock::new();
    let next = NEXT.get_or_init(Default::default).fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    format!("{name} {next}")
}

//! What the derive costs a build: fifty models of ten fields, against the same sealed twins written by hand under
//! Diesel's own derives.

#[path = "support/harness.rs"]
mod harness;
#[path = "support/models.rs"]
mod models;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use harness::Bench;

/// Where this program, called by cargo in place of rustc, notes how long rustc took.
const TIMES: &str = "FIELDSEAL_BENCH_RUSTC_TIMES";

fn main() -> ExitCode {
    match std::env::var_os(TIMES) {
        Some(times) => rustc(Path::new(&times)),
        None => measure(),
    }
}

fn measure() -> ExitCode {
    let (models, repetitions) = (harness::rows(50, 3), harness::rows(5, 1));
    let root = harness::directory().join("compile");
    let base = Crate::new(&root, "by_hand", &models::by_hand(models));
    let ours = Crate::new(&root, "derived", &models::derived(models));
    base.check();
    ours.check();
    let (mut wall, mut rustc) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for repetition in 0..repetitions {
        let order = if repetition.is_multiple_of(2) { [0, 1] } else { [1, 0] };
        for side in order {
            let (whole, compiler) = [&base, &ours][side].check();
            wall[side].push(whole);
            rustc[side].push(compiler);
        }
    }
    let mut bench = Bench::new("compile");
    let ([wall_base, wall_ours], [rustc_base, rustc_ours]) = (wall, rustc);
    bench.record(format!("{models} models check"), "s", wall_base, wall_ours);
    bench.record(format!("{models} models rustc"), "s", rustc_base, rustc_ours);
    bench.finish();
    ExitCode::SUCCESS
}

/// A generated crate; all share one target directory and so their dependencies.
struct Crate {
    directory: PathBuf,
    target: PathBuf,
}

impl Crate {
    fn new(root: &Path, name: &str, source: &str) -> Self {
        let directory = root.join(name);
        fs::create_dir_all(directory.join("src")).expect("the target directory takes directories");
        let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock");
        fs::copy(lock, directory.join("Cargo.lock")).expect("the workspace has a lock file");
        fs::write(directory.join("Cargo.toml"), manifest(name)).expect("the target directory takes files");
        fs::write(directory.join("src/lib.rs"), source).expect("the target directory takes files");
        Self { directory, target: root.join("target") }
    }

    /// Seconds that `cargo check`, and within it rustc, takes for this crate alone.
    fn check(&self) -> (f64, f64) {
        let times = self.directory.join("times");
        let source = fs::File::options().append(true).open(self.directory.join("src/lib.rs"));
        let touched = source.and_then(|file| file.set_modified(std::time::SystemTime::now()));
        touched.expect("the generated source is ours");
        fs::write(&times, "").expect("the target directory takes files");
        let start = Instant::now();
        let status = self.cargo(&times).status().expect("cargo runs");
        let wall = start.elapsed().as_secs_f64();
        assert!(status.success(), "the generated crate does not compile");
        let noted = fs::read_to_string(&times).expect("the times were just written");
        let last = noted.lines().last().expect("rustc was called");
        (wall, last.parse().expect("a number was written"))
    }

    fn cargo(&self, times: &Path) -> Command {
        let this = std::env::current_exe().expect("a running program has a path");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.current_dir(&self.directory).args(["check", "--offline", "--quiet"]);
        // The whole crate is checked each time: what an incremental build reuses says nothing of the derive.
        cargo.env("CARGO_TARGET_DIR", &self.target).env("CARGO_INCREMENTAL", "0");
        cargo.env("RUSTC_WRAPPER", this).env(TIMES, times);
        cargo
    }
}

fn manifest(name: &str) -> String {
    let fieldseal = env!("CARGO_MANIFEST_DIR");
    format!(
        "[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         fieldseal = {{ path = {fieldseal:?}, features = [\"postgres\"] }}\n\
         diesel = {{ version = \"2.3\", default-features = false, features = [\"postgres_backend\"] }}\n"
    )
}

/// Runs the rustc that cargo names, and notes its time.
fn rustc(times: &Path) -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let program = arguments.next().expect("cargo names the compiler");
    let start = Instant::now();
    let status = Command::new(program).args(arguments).status().expect("the compiler runs");
    let line = format!("{}\n", start.elapsed().as_secs_f64());
    let noted = fs::File::options().append(true).open(times);
    noted.and_then(|mut file| std::io::Write::write_all(&mut file, line.as_bytes())).expect("the file was just made");
    if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

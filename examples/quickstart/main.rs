//! Field encryption in one go, with nothing to install: `cargo run --example quickstart`.
//!
//! Reads 1,000 made-up clients of three firms, seals them into a SQLite file under keys of each firm, looks some up,
//! and shows side by side what the service sees and what the file holds. Read `model.rs` first, then `tour.rs`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to people")]
#![allow(unreachable_pub, reason = "`pub` as in a service, whose models are used by other crates")]

mod attempts;
mod files;
mod model;
#[path = "../shared/records.rs"]
mod records;
#[path = "../shared/screen.rs"]
mod screen;
#[path = "../shared/search.rs"]
mod search;
#[path = "../shared/sides.rs"]
mod sides;
#[path = "../shared/stored.rs"]
mod stored;
#[path = "../shared/text.rs"]
mod text;
mod tour;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use files::Files;
use screen::Screen;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const HELP: &str = "\
Seals 1,000 made-up clients of three firms into a SQLite file, looks some up, and shows what the file holds.

Usage: cargo run --example quickstart [-- --keep DIR]

  --keep DIR   leave fieldseal.db and fieldseal.key in DIR; run again, it opens what is there
  --help       this text
";

#[allow(dead_code, reason = "a test runs `run` within itself")]
fn main() -> ExitCode {
    match start(std::env::args().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        // `… | head` has read enough.
        Err(failure) if is_broken_pipe(&*failure) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("quickstart: {}", with_causes(&*failure));
            ExitCode::FAILURE
        }
    }
}

fn start(arguments: Vec<String>) -> Result<(), Failure> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => {
            let directory = tempfile::tempdir()?;
            run(&mut io::stdout(), directory.path(), false)
        }
        ["--keep", directory] => run(&mut io::stdout(), Path::new(directory), true),
        ["--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        _ => Err(format!("unknown or incomplete arguments\n\n{HELP}").into()),
    }
}

/// The whole quickstart in `directory`.
pub(crate) fn run(out: &mut dyn Write, directory: &Path, kept: bool) -> Result<(), Failure> {
    let (screen, files) = (&mut Screen::new(out), Files::in_directory(directory)?);
    tour::run(screen, &files)?;
    tour::farewell(screen, &files, kept)
}

fn is_broken_pipe(failure: &(dyn std::error::Error + 'static)) -> bool {
    failure.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn with_causes(failure: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(failure.source(), |cause| cause.source());
    causes.fold(failure.to_string(), |text, cause| format!("{text}: {cause}"))
}

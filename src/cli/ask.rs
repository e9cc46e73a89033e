//! Asking before something is destroyed.

use std::io::{self, IsTerminal, Write};

use super::args::Args;
use super::failure::Failure;

/// Goes on if `--yes` was given, or if a person types `word`.
pub(super) fn before(args: &Args, what: &str, word: &str) -> Result<(), Failure> {
    if args.yes || args.dry_run {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::refused(
            "cli.not_confirmed",
            format!("{what}: give --yes, as nobody is there to be asked"),
        ));
    }
    let _ = write!(io::stderr().lock(), "{what}. Type {word} to go on: ");
    let mut typed = String::new();
    let read = io::stdin().read_line(&mut typed);
    if read.is_ok() && typed.trim() == word {
        return Ok(());
    }
    Err(Failure::refused("cli.not_confirmed", "nothing was done"))
}

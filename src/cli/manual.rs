//! Completions and manual pages, made from what the command line knows of itself.

use std::path::Path;

use clap::CommandFactory;

use super::args::Args;
use super::failure::{Exit, Failure};
use super::output::Output;

pub(super) fn completions(shell: clap_complete::Shell, output: &Output) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "fieldseal", &mut script);
    output.line(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}

pub(super) fn pages(directory: &Path) -> Result<Exit, Failure> {
    let failed = |error| Failure::failed("cli.output", format!("{}: {error}", directory.display()));
    std::fs::create_dir_all(directory).map_err(failed)?;
    clap_mangen::generate_to(Args::command(), directory).map_err(failed)?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_hold_together() {
        Args::command().debug_assert();
    }
}

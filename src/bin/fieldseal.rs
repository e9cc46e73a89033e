//! The operators' command line of fieldseal.

use std::process::ExitCode;

fn main() -> ExitCode {
    fieldseal::cli::main()
}

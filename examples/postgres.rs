//! The quickstart on PostgreSQL with diesel-async: `DATABASE_URL=… cargo run --example postgres`.
//!
//! It makes two schemas, `fieldseal_example` and `fieldseal_example_keys`, and drops them first if they are there. With
//! PostgreSQL's programs installed, `tests/with-postgres cargo run --example postgres` brings a throw-away server.

#![allow(clippy::print_stderr, reason = "an example talks to people")]
#![allow(unreachable_pub, reason = "`pub` as in a service, whose models are used by other crates")]

#[path = "postgres/database.rs"]
mod database;
#[path = "postgres/model.rs"]
mod model;
#[path = "shared/records.rs"]
mod records;
#[path = "shared/screen.rs"]
mod screen;
#[path = "shared/search.rs"]
mod search;
#[path = "postgres/shell.rs"]
mod shell;
#[path = "shared/sides.rs"]
mod sides;
#[path = "shared/stored.rs"]
mod stored;
#[path = "shared/text.rs"]
mod text;
#[path = "postgres/tour.rs"]
mod tour;
#[path = "postgres/upsert.rs"]
mod upsert;

use std::io;
use std::process::ExitCode;

use screen::Screen;

type Failure = Box<dyn std::error::Error + Send + Sync>;

const NO_URL: &str = "DATABASE_URL is not set: name a PostgreSQL database of yours, as postgres://user:password@host/name, \
                      or run `tests/with-postgres cargo run --example postgres`";

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        // `… | head` has read enough.
        Err(failure) if is_broken_pipe(&*failure) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("postgres: {}", with_causes(&*failure));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let url = std::env::var("DATABASE_URL").map_err(|_| NO_URL)?;
    let mut out = io::stdout();
    tour::run(&mut Screen::new(&mut out), &url).await
}

fn is_broken_pipe(failure: &(dyn std::error::Error + 'static)) -> bool {
    failure.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn with_causes(failure: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(failure.source(), |cause| cause.source());
    causes.fold(failure.to_string(), |text, cause| format!("{text}: {cause}"))
}

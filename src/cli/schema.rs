//! The models that are known.

use serde::Serialize;

use super::args::{Backend, Schema};
use super::describe::Exported;
use super::failure::{Exit, Failure};
use super::output::Output;
use super::service::Service;
use crate::schema::{self, Migration};

#[derive(Debug, Serialize)]
struct Sql {
    up: String,
    down: String,
}

pub(super) fn run(what: &Schema, service: &Service, output: &Output) -> Result<Exit, Failure> {
    match what {
        Schema::Export => {
            let exported = Exported::of(&service.models);
            let text = toml::to_string(&exported).map_err(|error| Failure::failed("cli.output", error.to_string()))?;
            output.result(&exported, text)?;
        }
        Schema::Migration { backend } => print(schema::migration_of(&service.models, (*backend).into()), output)?,
        Schema::Bar { backend } => print(schema::bar_of(&service.models, (*backend).into()), output)?,
    }
    Ok(Exit::Done)
}

fn print(Migration { up, down }: Migration, output: &Output) -> Result<(), Failure> {
    let text = format!("-- up\n{up}\n-- down\n{down}");
    output.result(&Sql { up, down }, text)
}

impl From<Backend> for schema::Backend {
    fn from(backend: Backend) -> Self {
        match backend {
            Backend::Postgres => Self::Postgres,
            Backend::Sqlite => Self::Sqlite,
        }
    }
}

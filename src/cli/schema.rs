//! The models that are known.

use serde::Serialize;

use super::args::{Backend, Schema};
use super::describe::Exported;
use super::failure::{Exit, Failure};
use super::output::Output;
use super::service::Service;
use crate::schema;

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
        Schema::Migration { backend } => {
            let backend = match backend {
                Backend::Postgres => schema::Backend::Postgres,
                Backend::Sqlite => schema::Backend::Sqlite,
            };
            let migration = schema::migration_of(&service.models, backend);
            let text = format!("-- up\n{}\n-- down\n{}", migration.up, migration.down);
            output.result(&Sql { up: migration.up, down: migration.down }, text)?;
        }
    }
    Ok(Exit::Done)
}

//! The operators' command line: `fieldseal`, or a service's own binary with the service's models.
//!
//! The bare binary works from `fieldseal.toml` alone. Columns that only the service's code can compute (a custom normalizer, a
//! `legacy_with` function) are worked on by the service's own binary, which hands over its vault:
//!
//! ```no_run
//! # use fieldseal::Encrypted;
//! # mod schema { diesel::table! { use diesel::sql_types::*; use fieldseal::schema_types::*; clients (id) { id -> Text, firm -> Text, email -> FieldsealText } } }
//! # use schema::clients;
//! # #[derive(Encrypted)]
//! # #[diesel(table_name = clients)]
//! # #[encrypted(firm = firm, derive(Queryable))]
//! # struct Client { id: String, firm: String, #[encrypted] email: String }
//! # fn vault() -> fieldseal::Vault { unimplemented!() }
//! fn main() -> std::process::ExitCode {
//!     let database = std::env::var("DATABASE_URL").unwrap_or_default();
//!     fieldseal::cli::Cli::new(vault()).model::<Client>().postgres("main", &database).run()
//! }
//! ```

mod args;
mod ask;
mod config;
mod describe;
mod doctor;
mod failure;
mod init;
mod inspect;
mod keys;
mod manual;
mod migrate;
mod output;
mod schema;
mod service;
mod status;

use std::process::ExitCode;

use clap::Parser;

use crate::migrate::Subject;
use crate::model::{Model, ModelSchema};
use crate::session::Vault;
use args::{Args, Command};
use config::Place;
use failure::Failure;
use output::Output;
use service::{Databases, Service};

pub use failure::Exit;

/// The command line in a service's own binary, with the service's vault and models.
#[derive(Debug)]
#[must_use = "the command line does nothing before `run()`"]
pub struct Cli {
    vault: Vault,
    models: Vec<&'static ModelSchema>,
    subjects: Vec<Subject>,
    databases: Databases,
}

impl Cli {
    /// The command line of a service with this vault. The models that are registered with it are known; this process says
    /// to no other that it uses them, so that it may drop their legacy columns.
    pub fn new(vault: Vault) -> Self {
        let models = vault.models();
        Self { vault, models, subjects: Vec::new(), databases: Databases::default() }
    }

    /// A model of the service.
    pub fn model<M: Model>(mut self) -> Self {
        self.models.push(M::SCHEMA);
        self.subjects.push(Subject::of::<M>());
        self
    }

    /// A PostgreSQL database that holds rows of the models, under the name by which `--database` means it.
    pub fn postgres(mut self, name: &str, url: &str) -> Self {
        self.databases.insert(name.to_owned(), Place::Postgres(url.to_owned()));
        self
    }

    /// A SQLite database that holds rows of the models.
    pub fn sqlite(mut self, name: &str, path: &str) -> Self {
        self.databases.insert(name.to_owned(), Place::Sqlite(path.to_owned()));
        self
    }

    /// Does what the arguments of this process say.
    #[must_use]
    pub fn run(self) -> ExitCode {
        let args = Args::parse();
        let Self { vault, models, subjects, databases } = self;
        let service = || {
            vault.oversee(&models)?;
            Ok(Service::of(vault, models, subjects, databases))
        };
        done(&args, work(&args, service))
    }
}

/// The command line by itself, from `fieldseal.toml`: what the binary `fieldseal` runs.
#[must_use]
pub fn main() -> ExitCode {
    let args = Args::parse();
    done(&args, work(&args, || Service::from_file(&args.config)))
}

/// Runs a command. The service is made only for those that need one.
fn work(args: &Args, service: impl FnOnce() -> Result<Service, Failure>) -> Result<Exit, Failure> {
    let output = Output::new(args.json);
    match &args.command {
        Command::Inspect(inspect) => return inspect::run(inspect, &output),
        Command::Completions { shell } => return manual::completions(*shell, &output),
        Command::Man { directory } => return manual::pages(directory),
        Command::Init(init) if !args.config.exists() => init::write_template(init, &args.config, &output)?,
        _ => {}
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::failed("cli.runtime", format!("no threads: {error}")))?;
    let mut service = service()?;
    runtime.block_on(async {
        let done = command(args, &mut service, &output).await;
        // So that nobody waits for this process's lease.
        drop(service.vault.leave().await);
        done
    })
}

async fn command(args: &Args, service: &mut Service, output: &Output) -> Result<Exit, Failure> {
    match &args.command {
        Command::Init(_) => init::run(service, output).await,
        Command::Doctor => doctor::run(service, output).await,
        Command::Keys(keys) => keys::run(keys, args, service, output).await,
        Command::Schema(what) => schema::run(what, service, output),
        Command::Plan(on) => migrate::plan(on, service, output).await,
        Command::Migrate(what) => migrate::run(what, args, service, output).await,
        Command::Status(what) => status::run(what, service, output).await,
        Command::Inspect(_) | Command::Completions { .. } | Command::Man { .. } => Ok(Exit::Done),
    }
}

fn done(args: &Args, result: Result<Exit, Failure>) -> ExitCode {
    match result {
        Ok(exit) => exit.into(),
        Err(failure) => {
            Output::new(args.json).failure(&failure);
            failure.exit.into()
        }
    }
}

//! What can be asked of the command line.

mod migrate;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::keys::Purpose;

pub(super) use migrate::{Direction, Migrate, On, Run, Step};

/// Keys, key stores, sealed columns and migrations of a service that encrypts fields by fieldseal.
///
/// Works from fieldseal.toml, without the service's code. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused by a rule
/// (the message says which), 4 something was found that should not be (doctor, status, rows in quarantine), 5 failed and worth trying again.
#[derive(Debug, Parser)]
#[command(name = "fieldseal", version, max_term_width = 110, subcommand_required = true, arg_required_else_help = true)]
pub(super) struct Args {
    /// The configuration
    #[arg(long, global = true, value_name = "FILE", env = "FIELDSEAL_CONFIG", default_value = "fieldseal.toml")]
    pub(super) config: PathBuf,
    /// Print JSON: one object, or one line an event where the work goes on for long
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Say what would be done, and change nothing
    #[arg(long, global = true)]
    pub(super) dry_run: bool,
    /// Don't ask before something is destroyed
    #[arg(long, short, global = true)]
    pub(super) yes: bool,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Set up a key store: its tables, and the platform's keys
    ///
    /// Without a configuration it writes one to be filled in, and the key file of a local provider. Running it again changes
    /// nothing.
    #[command(after_help = "Example:\n  fieldseal init --postgres '${DATABASE_URL}'")]
    Init(Init),
    /// Look whether everything that keys need is there and well
    Doctor,
    /// Firms' keys: list, create, rotate, retire, suspend, shred, back up
    #[command(subcommand)]
    Keys(Keys),
    /// The models that the configuration or the service knows
    #[command(subcommand)]
    Schema(Schema),
    /// Show what a migration would do to a table, as SQL for review; nothing is changed
    #[command(after_help = "Example:\n  fieldseal plan clients > clients.sql")]
    Plan(On),
    /// Seal a live table step by step, re-encrypt it, or go back, while others write to it
    ///
    /// From plaintext to cells: expand, dual-write, run, verify, fence, sweep, validate, verify, cut-over, contract. Every step
    /// can be run again after it was cut off, and undone by rollback until contract, and after it by reopen.
    #[command(subcommand)]
    Migrate(Box<Migrate>),
    /// Say of a cell or term what its first bytes say; no key is needed
    #[command(after_help = "Examples:\n  fieldseal inspect f501a3...\n  psql -Atc \"select encode(email, 'hex') from \
                            clients limit 1\" | fieldseal inspect -")]
    Inspect(Inspect),
    /// Which columns are sealed, under which keys, by which processes
    Status(Status),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the manual pages into a directory
    Man {
        /// The directory
        directory: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct Init {
    /// URL of the key store's database, as the configuration is to have it
    #[arg(long, conflicts_with = "sqlite")]
    pub(super) postgres: Option<String>,
    /// File of the key store
    #[arg(long)]
    pub(super) sqlite: Option<PathBuf>,
    /// File of the local provider's key
    #[arg(long, default_value = "fieldseal.key")]
    pub(super) local: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(super) struct Inspect {
    /// The bytes, in hexadecimal or base64; `-` reads them from standard input, one value a line
    pub(super) value: String,
    /// The value is a term of a blind index, not a cell
    #[arg(long)]
    pub(super) term: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct Status {
    /// Only this firm
    #[arg(long)]
    pub(super) firm: Option<String>,
    /// Also write one self-contained page
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Schema {
    /// Print the models as a part of fieldseal.toml
    Export,
    /// Print the SQL of the bar, which a database needs before a key version can be destroyed
    Bar {
        /// The database
        #[arg(value_enum)]
        backend: Backend,
    },
    /// Print the SQL of the sealed columns, for review and for a migration
    Migration {
        /// The database
        #[arg(value_enum)]
        backend: Backend,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Backend {
    Postgres,
    Sqlite,
}

/// What a key is for.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum For {
    /// Cells
    Data,
    /// Terms of blind indexes
    Index,
}

impl From<For> for Purpose {
    fn from(purpose: For) -> Self {
        match purpose {
            For::Data => Self::Data,
            For::Index => Self::Index,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// List firms that have keys
    List {
        /// Begin behind this firm
        #[arg(long)]
        after: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Show a firm's versions, their states, and what was decided of it
    Show {
        /// The firm: `text:acme`, `int:42`, `uuid:...` or `platform`
        firm: String,
    },
    /// Make a firm's first keys
    Create {
        /// The firm
        firm: String,
    },
    /// Put a fresh version in the place of the active one, and wait for every process
    Rotate {
        /// The firm
        #[arg(required_unless_present = "all")]
        firm: Option<String>,
        /// Every firm
        #[arg(long, conflicts_with = "firm")]
        all: bool,
        /// Which key
        #[arg(long = "for", value_enum, default_value = "data")]
        purpose: For,
    },
    /// Put a fresh master key in the place of the present one
    RotateMaster {
        /// The firm
        firm: String,
    },
    /// Move master keys to the KEK that the configuration names first
    Rewrap {
        /// The firm
        #[arg(required_unless_present = "all")]
        firm: Option<String>,
        /// Every firm
        #[arg(long, conflicts_with = "firm")]
        all: bool,
    },
    /// Retire a superseded version: it still opens, and every use is warned of
    Retire(Version),
    /// Destroy a retired version, once no row names it
    Destroy(Version),
    /// Take a firm's keys away from every process, which load them anew
    Revoke {
        /// The firm
        firm: String,
    },
    /// Take a firm's keys away until it is reinstated
    Suspend {
        /// The firm
        firm: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Let a suspended firm work again
    Reinstate {
        /// The firm
        firm: String,
    },
    /// Place a legal hold, which forbids that the firm is shredded
    Hold {
        /// The firm
        firm: String,
        /// The hold's name, such as a case number
        #[arg(long)]
        id: String,
        /// Why
        #[arg(long)]
        reason: String,
        /// Who
        #[arg(long, env = "USER")]
        by: String,
    },
    /// Release a legal hold
    Release {
        /// The firm
        firm: String,
        /// The hold's name
        #[arg(long)]
        id: String,
    },
    /// Request, cancel or do the destruction of all of a firm's keys
    #[command(subcommand)]
    Shred(Shred),
    /// Write a backup of the key store, which holds no key that could open anything
    Backup {
        /// The file; it must not exist
        file: PathBuf,
    },
    /// Restore firms from a backup
    Restore {
        /// The file
        file: PathBuf,
        /// Overwrite records that are older than the backup's
        #[arg(long)]
        overwrite: bool,
        /// Only read and check the backup
        #[arg(long)]
        verify: bool,
    },
    /// List the processes that hold keys
    Processes,
}

#[derive(Debug, clap::Args)]
pub(super) struct Version {
    /// The firm
    pub(super) firm: String,
    /// The version's number
    pub(super) version: u32,
    /// Which key
    #[arg(long = "for", value_enum, default_value = "data")]
    pub(super) purpose: For,
}

#[derive(Debug, Subcommand)]
pub(super) enum Shred {
    /// Request it: it is due after a waiting period, and the firm is suspended until then
    Request {
        /// The firm
        firm: String,
        /// Why
        #[arg(long)]
        reason: String,
        /// Who
        #[arg(long, env = "USER")]
        by: String,
        /// Days to wait, one at least
        #[arg(long, default_value_t = 7)]
        days: u32,
    },
    /// Cancel a request
    Cancel {
        /// The firm
        firm: String,
    },
    /// Do it, once it is due, and print the certificate
    Do {
        /// The firm
        firm: String,
    },
    /// Print the certificate of a shredded firm
    Certificate {
        /// The firm
        firm: String,
    },
}

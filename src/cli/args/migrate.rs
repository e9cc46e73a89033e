//! What can be asked of a migration.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Subcommand, ValueEnum};

use crate::migrate::{Kind, Patience, Throttle};

/// Which job is meant.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct On {
    /// The table, as the model names it
    pub(in crate::cli) table: String,
    /// What is done to the table
    #[arg(long, value_enum, default_value = "seal")]
    pub(in crate::cli) kind: Direction,
    /// The job's name, where it is not `<kind>-<table>`
    #[arg(long)]
    pub(in crate::cli) job: Option<String>,
    /// Only these sealed columns
    #[arg(long, value_delimiter = ',')]
    pub(in crate::cli) columns: Vec<String>,
    /// The database that holds the table, where there are several
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) database: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Direction {
    /// Plaintext, or home-made ciphertext, becomes cells
    Seal,
    /// Cells become plaintext again
    Unseal,
    /// Cells under older data keys, of another suite or padding, are sealed anew
    Reseal,
    /// Terms under older index keys are computed anew
    Reindex,
}

impl From<Direction> for Kind {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Seal => Self::Seal,
            Direction::Unseal => Self::Unseal,
            Direction::Reseal => Self::Reseal,
            Direction::Reindex => Self::Reindex,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Migrate {
    /// Make the sealed columns, their indexes and the triggers that keep them true
    Expand(Step),
    /// Have every process write plaintext, cell and term together
    DualWrite(Step),
    /// Seal every row that is not sealed: on any number of machines at once, each by this command
    ///
    /// Ctrl-C or SIGTERM ends it after the chunks in hand; run it again to go on. `--json` prints one line an event.
    Run(Run),
    /// Seal what was written in plaintext until the fence: `run` once more
    Sweep(Run),
    /// Open every row, compare it with its plaintext, check every term, and print the authenticated report
    Verify(Run),
    /// Refuse plaintext from now on
    Fence(Step),
    /// Have the database guarantee that no value lies in plaintext only
    Validate(Step),
    /// Read cells only
    CutOver(Step),
    /// Drop the legacy columns, once no live process names one
    Contract {
        #[command(flatten)]
        step: Step,
        /// Empty the columns instead, for views and reports that name them
        #[arg(long, conflicts_with = "rewrite")]
        null: bool,
        /// Write the table anew without them, so that no old version of a row is left in its files
        #[arg(long)]
        rewrite: bool,
    },
    /// Write the table anew beside its writers: sealed rows are copied, and the two tables change places
    ///
    /// Instead of `run`, where disk for a second table is there: faster, and nothing of it is left to VACUUM.
    Rewrite {
        #[command(flatten)]
        run: Run,
        #[command(flatten)]
        wait: Wait,
    },
    /// Say where plaintext still lies after `contract`, and what removes it
    Residue(On),
    /// Go one step back
    Rollback {
        #[command(flatten)]
        step: Step,
        #[command(flatten)]
        word: Word,
    },
    /// Begin the way back of a contracted table: its legacy columns come back, empty
    Reopen {
        #[command(flatten)]
        step: Step,
        /// The SQL type of each legacy column, in the model's order
        #[arg(long = "type", required = true, value_name = "TYPE")]
        types: Vec<String>,
        #[command(flatten)]
        word: Word,
    },
    /// Say how far the job is
    Status(On),
    /// Have all workers wait after their chunk
    Pause(On),
    /// Let workers go on after `pause` or `abort`
    Resume(On),
    /// Have all workers stop after their chunk; what was written stays
    Abort(On),
    /// Change what the job may ask of its database, while it runs
    Throttle {
        #[command(flatten)]
        on: On,
        #[command(flatten)]
        rates: Rates,
    },
    /// List rows that could not be done, with their reasons
    Quarantine {
        #[command(flatten)]
        run: Run,
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: u32,
        /// Try them again
        #[arg(long)]
        retry: bool,
    },
    /// Check a report of `verify`: that a holder of the platform's keys made it, and nobody changed it since
    Report {
        /// The file, as `verify --json` printed it
        file: PathBuf,
    },
}

#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct Step {
    #[command(flatten)]
    pub(in crate::cli) on: On,
    #[command(flatten)]
    pub(in crate::cli) wait: Wait,
}

/// How long a step tries.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(in crate::cli) struct Wait {
    /// Milliseconds that one try waits for a lock, and so holds up others who want one
    #[arg(long, value_name = "MS", default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..))]
    lock_timeout: u64,
    /// Seconds to go on trying
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    patience: u64,
}

impl From<Wait> for Patience {
    fn from(wait: Wait) -> Self {
        Self { lock_timeout: Duration::from_millis(wait.lock_timeout), overall: Duration::from_secs(wait.patience) }
    }
}

/// Whose word it is.
#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct Word {
    /// Why
    #[arg(long)]
    pub(in crate::cli) reason: String,
    /// Who
    #[arg(long, env = "USER")]
    pub(in crate::cli) by: String,
}

#[derive(Debug, Clone, clap::Args)]
pub(in crate::cli) struct Run {
    #[command(flatten)]
    pub(in crate::cli) on: On,
    /// Workers of this process, each with two connections
    #[arg(long, default_value_t = 2)]
    pub(in crate::cli) workers: usize,
    /// Rows that are written in one transaction, at most
    #[arg(long, default_value_t = 5000)]
    pub(in crate::cli) chunk: usize,
    /// Only rows of this firm
    #[arg(long)]
    pub(in crate::cli) firm: Option<String>,
    /// Of reseal and reindex: only what is under a key below this version
    #[arg(long, value_name = "VERSION")]
    pub(in crate::cli) below: Option<u32>,
    /// Rows in quarantine beyond which the pass stops
    #[arg(long, value_name = "ROWS", default_value_t = 10_000)]
    pub(in crate::cli) quarantine_limit: u64,
    #[command(flatten)]
    pub(in crate::cli) rates: Rates,
}

/// What a job may ask of its database. It is written into the job's row, and holds for the workers of all machines.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(in crate::cli) struct Rates {
    /// Rows a second, of all workers together
    #[arg(long, value_name = "ROWS")]
    rate: Option<f64>,
    /// Sessions that may wait for locks before the job slows down
    #[arg(long, value_name = "SESSIONS")]
    max_lock_waits: Option<i64>,
    /// Seconds that the slowest replica may lag behind before the job slows down
    #[arg(long, value_name = "SECONDS")]
    max_replication_lag: Option<f64>,
    /// Bytes of WAL a second before the job slows down
    #[arg(long, value_name = "BYTES")]
    max_wal: Option<f64>,
    /// Sessions that may be active besides the job's before it slows down
    #[arg(long, value_name = "SESSIONS")]
    max_active: Option<i64>,
    /// Take every limit away
    #[arg(long, conflicts_with_all = ["rate", "max_lock_waits", "max_replication_lag", "max_wal", "max_active"])]
    unthrottled: bool,
}

impl Rates {
    /// What was said; `None`: nothing.
    pub(in crate::cli) fn throttle(self) -> Option<Throttle> {
        let Self { rate, max_lock_waits, max_replication_lag, max_wal, max_active, unthrottled } = self;
        let throttle = Throttle {
            rows_per_second: rate,
            max_lock_waits,
            max_replication_lag,
            max_wal_per_second: max_wal,
            max_active,
        };
        (unthrottled || throttle != Throttle::none()).then_some(throttle)
    }
}

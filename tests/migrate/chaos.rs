//! A table on its way to cells and back while everything fails that can: what was acknowledged to a writer is what is read.
//!
//! `FIELDSEAL_CHAOS_SEED` repeats a run's choices, `FIELDSEAL_CHAOS_ROWS` sets its size.

mod cluster;
mod journey;
mod keys;
mod ledger;
pub(crate) mod writer;

use std::time::Duration;

use fieldseal::keys::KeyStore;
use fieldseal::keys::store::PgKeyStore;
use fieldseal::migrate::{Job, Kind, Postgres, RunError, RunEvent, RunOptions, Subject};
use fieldseal::{Encrypted, FleetSettings, Vault};

use crate::process::{ask, say};
use keys::Unsteady;

diesel::table! {
    use diesel::sql_types::*;
    use fieldseal::schema_types::*;

    chaos_rows (id) {
        id -> BigInt,
        firm -> BigInt,
        turn -> BigInt,
        body_plain -> Nullable<Text>,
        body -> Nullable<FieldsealText>,
        body_term -> Nullable<FieldsealTextTerm>,
    }
}

#[derive(Debug, Clone, PartialEq, Encrypted)]
#[diesel(table_name = chaos_rows)]
#[diesel(treat_none_as_null = true)]
#[encrypted(firm = firm, derive(Insertable, Queryable, Selectable, AsChangeset, Clone))]
pub(super) struct Row {
    id: i64,
    firm: i64,
    turn: i64,
    #[encrypted(index(body_term), legacy = body_plain)]
    body: Option<String>,
}

/// Numbers that follow from a seed.
struct Draw(u64);

impl Draw {
    fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    fn below(&mut self, bound: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

/// A process's vault: keys in the same server, and a key service that fails when it is told to.
fn vault() -> Vault {
    let store = PgKeyStore::new(std::env::var("CHAOS_URL").unwrap());
    vault_over(store, std::env::var("CHAOS_KEYS").unwrap().as_ref())
}

fn vault_over(store: PgKeyStore, keys: &std::path::Path) -> Vault {
    let store: std::sync::Arc<dyn KeyStore> = std::sync::Arc::new(store);
    let mut fleet = FleetSettings::default();
    fleet.lease = Duration::from_secs(3);
    Vault::builder().provider(Unsteady::at(keys)).shared_store(store).fleet(fleet).build().unwrap()
}

fn job(vault: &Vault, url: &str, kind: Kind) -> Job {
    Job::new(vault, kind, Subject::of::<Row>(), Postgres::new(url)).named("chaos")
}

fn options() -> RunOptions {
    RunOptions::new()
        .workers(1)
        .chunk(500)
        .ranges(24)
        .poll(Duration::from_millis(100))
        .lease(Duration::from_secs(1))
        .patience(Duration::from_secs(120))
}

/// In a child: a worker, which takes part in a pass until that is over.
pub(crate) fn worker() {
    let (vault, url) = (vault(), std::env::var("CHAOS_URL").unwrap());
    let kind = if std::env::var("CHAOS_KIND").unwrap() == "unseal" { Kind::Unseal } else { Kind::Seal };
    let tell = |event: &RunEvent| {
        if let RunEvent::Range { .. } = event {
            say("range");
        }
    };
    let ran =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(async {
            loop {
                match job(&vault, &url, kind).run(options().telling(tell)).await {
                    Err(error) if error.is_retryable() => tokio::time::sleep(Duration::from_millis(200)).await,
                    ended => return ended,
                }
            }
        });
    match ran {
        Ok(report) => say(&format!("over {} {}", report.left, report.quarantined)),
        Err(error @ RunError::Keys { .. }) => panic!("{error}: {:?}", std::error::Error::source(&error)),
        Err(error) => panic!("{error}"),
    }
    ask();
}

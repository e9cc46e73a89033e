//! Where wrapped keys and manifests lie. Nothing in a store is trusted: the keyring checks every record (spec/keys.md).

mod decision;
mod fleet;
mod memory;
#[cfg(any(feature = "libpq", all(feature = "postgres", feature = "async")))]
mod postgres;
#[cfg(any(feature = "sqlite", feature = "libpq", all(feature = "postgres", feature = "async")))]
mod sql;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::error::Error;

use super::provider::{BoxFuture, KekId};
use crate::context::FirmId;

pub use decision::Decision;
pub use fleet::{Change, ChangeKind, Changes, FleetStore, Listener, ProcessRecord, Processes, Wake};
pub use memory::MemoryKeyStore;
#[cfg(any(feature = "libpq", all(feature = "postgres", feature = "async")))]
pub use postgres::PgKeyStore;
#[cfg(feature = "sqlite")]
pub use sqlite::SqliteKeyStore;

/// Holds every firm's wrapped keys and manifest.
///
/// A store has connections of its own, never the caller's: a firm's creation must not roll back with the caller's
/// transaction, nor wait for a pool of one. It only keeps bytes; what they mean is checked by the vault.
pub trait KeyStore: Send + Sync + 'static {
    /// The records of `firms`, in their order, `None` where there is none. One round trip.
    fn load<'a>(&'a self, firms: &'a [FirmId]) -> BoxFuture<'a, Result<Vec<Option<FirmRecord>>, StoreError>>;

    /// Replaces the whole record of its firm, in a transaction of its own, committed when it returns.
    ///
    /// `expected` is the generation that the stored record must have, `None` for no record at all. `Ok(false)`: the
    /// store holds something else (another process was faster), and nothing was changed. Replacing a record that exists
    /// is a change that every process of the [fleet](Self::fleet) is told of.
    fn replace<'a>(&'a self, expected: Option<u64>, record: &'a FirmRecord) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// [`replace`](Self::replace), provided that the platform's record has the generation `platform`: the platform
    /// endorsed `record`, and has not been given another master key since. `Ok(false)` also if it has another.
    ///
    /// A store that implements [`replace_platform`](Self::replace_platform) has to implement this too, in one
    /// transaction. The default leaves the condition out: without the one, nothing can break it.
    fn replace_under<'a>(
        &'a self,
        platform: u64,
        expected: Option<u64>,
        record: &'a FirmRecord,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        let _ = platform;
        self.replace(expected, record)
    }

    /// Replaces the platform's record, and what the platform says of every other firm, in one transaction, committed
    /// when it returns. Only a change of the platform's master key needs it. Every process of the [fleet](Self::fleet) is
    /// told of it, as a change of the platform.
    ///
    /// The note beside the platform's own record becomes that of `record`.
    ///
    /// `Ok(false)`, and nothing was changed, unless the platform's generation is `expected` and the note beside its record
    /// `noted`, and the store holds these other firms and none besides, each as [`Vouched::was`] says. No [`replace_under`](Self::replace_under) may come
    /// between.
    fn replace_platform<'a>(
        &'a self,
        expected: u64,
        noted: Option<&'a [u8]>,
        record: &'a FirmRecord,
        firms: &'a [Vouched],
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        let _ = (expected, noted, record, firms);
        Box::pin(std::future::ready(Err(StoreError::Unsupported { what: "a change of the platform's master key" })))
    }

    /// Sets the note beside a firm's record, and where [`Decision::tombstone`] is given shreds the firm, in one
    /// transaction, committed when it returns. Every process of the [fleet](Self::fleet) is told of it.
    ///
    /// `Ok(false)`, and nothing was changed, unless record, note and platform are as [`Decision`] says. No
    /// [`replace`](Self::replace) touches a note; a record that is new brings its own.
    ///
    /// The default keeps no notes: it refuses to write any, and shreds a firm without leaving its certificate.
    fn decide<'a>(&'a self, decision: &'a Decision) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            match decision.buried() {
                Some(buried) if decision.expected.is_none() => self.replace(Some(decision.generation), &buried).await,
                _ => Err(StoreError::Unsupported { what: "notes on firms" }),
            }
        })
    }

    /// Firms that have a record, sorted by their canonical name, at most `limit`, beginning behind `after`.
    fn firms<'a>(&'a self, after: Option<&'a FirmId>, limit: usize) -> BoxFuture<'a, Result<Vec<FirmId>, StoreError>>;

    /// The processes that hold keys of this store.
    fn fleet(&self) -> &dyn FleetStore;

    /// Whether records live and die with this process. Providers for tests work with no other store.
    fn is_memory(&self) -> bool {
        false
    }
}

/// All that a store holds of a firm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirmRecord {
    /// The firm.
    pub firm: FirmId,
    /// Counts the changes of the record, from 1. It fits an `i64`.
    pub generation: u64,
    /// The keys, or what a shredded firm leaves.
    pub content: RecordContent,
    /// The note beside a live firm's keys, of what operators decided; a shredded firm's certificate.
    pub standing: Option<Vec<u8>>,
}

/// A live firm's keys, or a shredded firm's tombstone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordContent {
    /// A firm with keys.
    Keys(KeysRecord),
    /// A shredded firm: an authenticated note that its keys are gone for good.
    Tombstone(Vec<u8>),
}

/// A live firm's keys, wrapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeysRecord {
    /// The wrapped firm master key.
    pub master: MasterKeyRecord,
    /// The authenticated list of versions and states.
    pub manifest: Vec<u8>,
    /// Wrapped data and index keys, sorted by purpose and version.
    pub versions: Vec<VersionRecord>,
}

/// A wrapped firm master key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MasterKeyRecord {
    /// Its version, from 1.
    pub version: u32,
    /// The provider that wrapped it.
    pub provider: String,
    /// The KEK that wraps it.
    pub kek: KekId,
    /// The provider's ciphertext.
    pub wrapped: Vec<u8>,
    /// The platform's endorsement: 32 bytes.
    pub endorsement: Vec<u8>,
}

/// The platform's word for a firm, before and after the platform's master key was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vouched {
    /// The firm.
    pub firm: FirmId,
    /// Whether it is the tombstone of a shredded firm; else the endorsement of a live firm's master key.
    pub shredded: bool,
    /// What the store holds.
    pub was: Vec<u8>,
    /// What takes its place; the same for one that the platform does not vouch for.
    pub becomes: Vec<u8>,
    /// The note beside the record, before and after in the same way; `None`: there is none.
    pub note: Option<(Vec<u8>, Vec<u8>)>,
}

/// A wrapped data or index key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRecord {
    /// What the key is for.
    pub purpose: Purpose,
    /// Its version, from 1.
    pub version: u32,
    /// The key, wrapped under the firm master key: 48 bytes.
    pub wrapped: Vec<u8>,
}

/// What a versioned key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Purpose {
    /// Column keys.
    Data,
    /// Blind-index subkeys.
    Index,
}

impl Purpose {
    /// The purpose's name in key derivation and in stores: `data` or `index`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Index => "index",
        }
    }
}

/// A store that could not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Not reached, or the connection broke. What was sent may or may not have been done.
    #[error("the key store can't be reached: {message}")]
    Unavailable {
        /// What the driver said, without the URL.
        message: String,
    },
    /// The store's tables are missing or of an older release.
    #[error("the key store's tables are at version {found}, this release needs {needed}: run `migrate()` on the store")]
    NotMigrated {
        /// The version found, 0 for none.
        found: i64,
        /// The version needed.
        needed: i64,
    },
    /// The store's tables are of a later release.
    #[error("the key store's tables are at version {found}, this release knows {known}: run a later release")]
    TooNew {
        /// The version found.
        found: i64,
        /// The latest version that this release knows.
        known: i64,
    },
    /// A row that no release wrote.
    #[error("the key store holds a row that is not fieldseal's: {what}")]
    Malformed {
        /// Which part.
        what: String,
    },
    /// A schema or prefix that can't be used.
    #[error("`{name}` can't be used for the key store's tables: {reason}")]
    BadName {
        /// The name given.
        name: String,
        /// Why not.
        reason: &'static str,
    },
    /// The store can't do it.
    #[error("the key store does not support {what}")]
    Unsupported {
        /// What.
        what: &'static str,
    },
    /// The database refused a statement.
    #[error("the key store's database refused")]
    Database(#[source] Box<dyn Error + Send + Sync>),
}

impl StoreError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "store.unavailable",
            Self::NotMigrated { .. } => "store.not_migrated",
            Self::TooNew { .. } => "store.too_new",
            Self::Malformed { .. } => "store.malformed",
            Self::BadName { .. } => "store.bad_name",
            Self::Unsupported { .. } => "store.unsupported",
            Self::Database(_) => "store.database",
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }
}

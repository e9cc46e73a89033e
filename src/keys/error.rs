//! Why a firm's keys can't be had.

use std::sync::Arc;
use std::time::Duration;

use super::anchor::AnchorError;
use super::manifest::ManifestError;
use super::provider::{KekId, ProviderError};
use super::store::StoreError;
use crate::context::{FirmId, InvalidFirmId};
use crate::random::RandomError;

/// Why a firm's keys can't be loaded, created or used.
///
/// Cheap to clone: tasks that wait for one load share its error.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The firm id can't be used.
    #[error(transparent)]
    InvalidFirm(#[from] InvalidFirmId),
    /// The firm has no keys. Opening never creates any.
    #[error("firm {firm} has no keys: create it once by `vault.create_firm(…)`")]
    UnknownFirm {
        /// The firm.
        firm: FirmId,
    },
    /// The platform, which endorses every firm, has no keys.
    #[error("the key store holds no platform keys: run `vault.initialize()` once")]
    NotInitialized,
    /// The firm was shredded: what it sealed can't be opened by anyone.
    #[error("firm {firm} was shredded: its keys are gone for good")]
    Shredded {
        /// The firm.
        firm: FirmId,
    },
    /// The firm's keys were revoked in this process.
    #[error("the keys of firm {firm} were revoked: open a new session once it is allowed again")]
    Revoked {
        /// The firm.
        firm: FirmId,
    },
    /// Operators suspended the firm: no process loads its keys until it is reinstated.
    #[error("firm {firm} is suspended: an operator has to reinstate it, or to cancel its shredding")]
    Suspended {
        /// The firm.
        firm: FirmId,
    },
    /// The firm is under a legal hold: its keys may not be destroyed.
    #[error("firm {firm} is under legal hold ({holds}): its keys stay until every hold is released")]
    Held {
        /// The firm.
        firm: FirmId,
        /// The holds' ids.
        holds: String,
    },
    /// The firm's keys outlived their time in this process and were not loaded again.
    #[error("the keys of firm {firm} have expired in this process: open a new session")]
    Expired {
        /// The firm.
        firm: FirmId,
    },
    /// This process was cut off from the key store for longer than its lease, or has just been stopped for as long: others
    /// may have rotated or destroyed keys meanwhile. It goes on by itself once the store answers.
    #[error(
        "firm {firm} is neither sealed nor opened: the key store has not answered this process for the time of its \
         lease; it goes on once the store can be reached"
    )]
    LeaseEnded {
        /// The firm.
        firm: FirmId,
    },
    /// The session was made without keys, by [`Session::closed`](crate::Session::closed).
    #[error("this session of firm {firm} is closed, without the right to its keys: get one by `vault.session(…)`")]
    Closed {
        /// The firm.
        firm: FirmId,
    },
    /// An ambient model outside of any scope. Tasks, threads and streams do not inherit one.
    #[error(
        "no session is in scope for `{model}`: build and run the query within `session.scope(|| …)` or `scope_sync`; \
         `tokio::spawn`, `spawn_blocking` and threads need a scope of their own"
    )]
    NoScope {
        /// The model.
        model: &'static str,
    },
    /// An ambient model of the platform, with neither its session in scope nor one installed.
    #[error(
        "no session of the platform is in scope for `{model}`: run `vault.install_platform()` once when the service \
         starts, or build and run the query within its `session.scope(|| …)`"
    )]
    NoPlatform {
        /// The model.
        model: &'static str,
    },
    /// The key provider failed.
    #[error("provider `{provider}` failed for firm {firm}: {}", source.kind().remedy())]
    Provider {
        /// The firm.
        firm: FirmId,
        /// The provider's id.
        provider: String,
        /// What failed.
        #[source]
        source: Arc<ProviderError>,
    },
    /// The firm's keys did not come in time.
    #[error(
        "the keys of firm {firm} were not loaded within {after:?}: the key store or the provider is slow; try again, or raise \
         `provider.deadline` of the cache's settings"
    )]
    Overdue {
        /// The firm.
        firm: FirmId,
        /// The deadline.
        after: Duration,
    },
    /// The load of the firm's keys panicked, in the key store most likely.
    #[error("loading the keys of firm {firm} panicked: the key store's connection function is the first to look at")]
    LoadPanicked {
        /// The firm.
        firm: FirmId,
    },
    /// The store names a provider or KEK that the configuration does not allow. The provider was not called.
    #[error(
        "the stored key of firm {firm} names KEK `{}` of provider `{}`, which the configuration does not \
         allow: if it is yours, add it to the provider's KEKs, or to `Providers::moving_from` while the firm is moved \
         away from it; else treat the key store as tampered with",
        kek.as_str().escape_debug(),
        provider.escape_debug()
    )]
    ForeignKek {
        /// The firm.
        firm: FirmId,
        /// The provider named.
        provider: String,
        /// The KEK named.
        kek: KekId,
    },
    /// The firm has a KEK of its own and has not opted in to global indexes, whose terms are under the platform's keys.
    #[error(
        "firm {firm} has a KEK of its own and stays out of global indexes, whose keys are the platform's: name its \
         provider with `Providers::joins_global_indexes()` once the firm has agreed"
    )]
    NotInGlobalIndexes {
        /// The firm.
        firm: FirmId,
    },
    /// The key store's rows were altered.
    #[error("the key store's rows of firm {firm} do not hold up: {what}; treat the store as tampered with")]
    Tampered {
        /// The firm.
        firm: FirmId,
        /// What does not hold up.
        what: Tampering,
    },
    /// The anchor failed, which tells whether the key store was rolled back.
    #[error("the anchor failed for firm {firm}: its record can't be trusted, or changed, until it is back")]
    Anchor {
        /// The firm.
        firm: FirmId,
        /// What failed.
        #[source]
        source: Arc<AnchorError>,
    },
    /// The key store failed.
    #[error(transparent)]
    Store(Arc<StoreError>),
    /// The random source failed.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The platform endorses every firm: it can't be shredded.
    #[error("the platform can't be shredded: every firm's keys are endorsed by it")]
    PlatformShred,
    /// No number is left for another master key.
    #[error("firm {firm} has used every number of a master key")]
    MasterNumbersSpent {
        /// The firm.
        firm: FirmId,
    },
    /// Other processes changed the firm's record each time that this one tried to.
    #[error("the record of firm {firm} keeps changing: try again")]
    Contended {
        /// The firm.
        firm: FirmId,
    },
}

/// What of a firm's stored record does not hold up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Tampering {
    /// The record is another firm's.
    #[error("the record is another firm's")]
    ForeignRecord,
    /// The manifest.
    #[error("the manifest: {0}")]
    Manifest(#[from] ManifestError),
    /// The manifest and the record disagree on a field.
    #[error("manifest and record disagree on the {0}")]
    Disagree(&'static str),
    /// The platform did not endorse the master key.
    #[error("the platform did not endorse the master key")]
    NotEndorsed,
    /// The master key is older than one that this process has seen, though the record is not.
    #[error("master key {found} is older than master key {seen}, which this process has seen")]
    MasterRolledBack {
        /// The version found.
        found: u32,
        /// The highest version seen.
        seen: u32,
    },
    /// The master key is another than this process has seen, or its predecessor does not vouch for it.
    #[error("master key {version} is not the one that this process has seen, or that its predecessor vouches for")]
    OtherMaster {
        /// Its version.
        version: u32,
    },
    /// A wrapped key is missing, superfluous or double.
    #[error("the {purpose} keys are not the manifest's")]
    WrongVersions {
        /// `data` or `index`.
        purpose: &'static str,
    },
    /// A wrapped key is not the one that the manifest commits to.
    #[error("{purpose} key {version} is not the one that the manifest commits to")]
    WrongKey {
        /// `data` or `index`.
        purpose: &'static str,
        /// Its version.
        version: u32,
    },
    /// The tombstone is not authentic.
    #[error("the tombstone is not authentic")]
    Tombstone,
    /// The note of what operators decided is not authentic, or another firm's.
    #[error("the note of its standing is not authentic")]
    Standing,
    /// The note of what operators decided is older than one that this process has seen, gone, or another of one serial.
    #[error("its standing has serial {found}, though this process has seen another of serial {seen}")]
    StandingRolledBack {
        /// The serial found, 0 for no note.
        found: u64,
        /// The highest serial seen.
        seen: u64,
    },
    /// The note of the phases of migrations is not authentic, or older than one that this process has seen.
    #[error("the note of its migrations' phases is not authentic, or older than one that this process has seen")]
    Phases,
    /// A shredded firm's certificate is gone, or not authentic.
    #[error("the certificate of its shredding is gone or not authentic")]
    Certificate,
    /// Older than what this process has seen.
    #[error("generation {found} is older than generation {seen}, which this process has seen")]
    RolledBack {
        /// The generation found.
        found: u64,
        /// The highest generation seen.
        seen: u64,
    },
    /// Of the same generation as one that this process has seen, and another.
    #[error("the manifest of generation {generation} is another than this process has seen")]
    Forked {
        /// The generation.
        generation: u64,
    },
    /// Gone, though this process has seen it.
    #[error("the record is gone, though this process has seen generation {seen}")]
    Vanished {
        /// The highest generation seen.
        seen: u64,
    },
}

impl From<StoreError> for KeyError {
    fn from(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}

impl KeyError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidFirm(_) => "keys.invalid_firm",
            Self::UnknownFirm { .. } => "keys.unknown_firm",
            Self::NotInitialized => "keys.not_initialized",
            Self::Shredded { .. } => "keys.shredded",
            Self::Revoked { .. } => "keys.revoked",
            Self::Suspended { .. } => "keys.suspended",
            Self::Held { .. } => "keys.held",
            Self::Expired { .. } => "keys.expired",
            Self::LeaseEnded { .. } => "keys.lease_ended",
            Self::Closed { .. } => "keys.closed_session",
            Self::NoScope { .. } => "keys.no_scope",
            Self::NoPlatform { .. } => "keys.no_platform",
            Self::Provider { .. } => "keys.provider",
            Self::Overdue { .. } => "keys.overdue",
            Self::LoadPanicked { .. } => "keys.load_panicked",
            Self::ForeignKek { .. } => "keys.foreign_kek",
            Self::NotInGlobalIndexes { .. } => "keys.not_in_global_indexes",
            Self::Tampered { .. } => "keys.tampered",
            Self::Anchor { .. } => "keys.anchor",
            Self::Store(error) => error.code(),
            Self::Random(_) => "keys.random",
            Self::PlatformShred => "keys.platform_shred",
            Self::MasterNumbersSpent { .. } => "keys.master_numbers_spent",
            Self::Contended { .. } => "keys.contended",
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Provider { source, .. } => source.is_retryable(),
            Self::Anchor { source, .. } => source.is_retryable(),
            Self::Store(source) => source.is_retryable(),
            Self::Expired { .. }
            | Self::LeaseEnded { .. }
            | Self::Overdue { .. }
            | Self::Random(_)
            | Self::Contended { .. } => true,
            _ => false,
        }
    }
}

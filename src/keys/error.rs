//! Why a firm's keys can't be had.

use std::sync::Arc;

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
    /// The firm's keys outlived their time in this process and were not loaded again.
    #[error("the keys of firm {firm} have expired in this process: open a new session")]
    Expired {
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
    #[error("provider `{provider}` failed for firm {firm}")]
    Provider {
        /// The firm.
        firm: FirmId,
        /// The provider's id.
        provider: String,
        /// What failed.
        #[source]
        source: Arc<ProviderError>,
    },
    /// The store names a provider or KEK that the configuration does not allow. The provider was not called.
    #[error(
        "the stored key of firm {firm} names KEK `{}` of provider `{}`, which the configuration does not \
         allow: add it to the provider's KEKs if it is yours, else treat the key store as tampered with",
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
            Self::Expired { .. } => "keys.expired",
            Self::Closed { .. } => "keys.closed_session",
            Self::NoScope { .. } => "keys.no_scope",
            Self::NoPlatform { .. } => "keys.no_platform",
            Self::Provider { .. } => "keys.provider",
            Self::ForeignKek { .. } => "keys.foreign_kek",
            Self::Tampered { .. } => "keys.tampered",
            Self::Anchor { .. } => "keys.anchor",
            Self::Store(error) => error.code(),
            Self::Random(_) => "keys.random",
            Self::PlatformShred => "keys.platform_shred",
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
            Self::Expired { .. } | Self::Random(_) | Self::Contended { .. } => true,
            _ => false,
        }
    }
}

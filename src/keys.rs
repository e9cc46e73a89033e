//! Keys: KEK -> firm master key -> data and index keys -> column and index subkeys (spec/keys.md).

mod background;
mod cache;
mod calls;
pub(crate) mod change;
mod create;
pub(crate) mod custody;
mod error;
#[cfg(test)]
mod fixtures;
pub(crate) mod hierarchy;
mod jitter;
pub(crate) mod keyring;
pub(crate) mod lease;
pub(crate) mod live;
#[cfg(feature = "local-keys")]
mod local;
pub(crate) mod manifest;
mod master;
mod provider;
pub(crate) mod providers;
#[cfg(test)]
mod rotated;
pub(crate) mod seals;
mod settings;
mod stats;
pub mod store;
mod timer;
mod verify;
pub(crate) mod wait;

pub use change::StateError;
pub use custody::Creation;
pub use error::{KeyError, Tampering};
#[cfg(feature = "local-keys")]
pub use local::{LocalKeyError, LocalKeys};
pub use manifest::{KeyState, ManifestError};
pub use provider::{
    BoxFuture, EncryptionContext, KekId, KeyProvider, ProviderError, ProviderErrorKind, WrappedMasterKey,
};
pub use providers::{FirmProviders, Providers};
pub use settings::{CacheSettings, ProviderSettings};
pub use stats::KeyStats;
// Made and taken by providers; every other key stays inside.
pub use crate::secret::FirmMasterKey;
pub use store::{
    FirmRecord, KeyStore, KeysRecord, MasterKeyRecord, Purpose, RecordContent, StoreError, VersionRecord, Vouched,
};

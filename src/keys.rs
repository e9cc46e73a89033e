//! Keys: KEK -> firm master key -> data and index keys -> column and index subkeys (spec/keys.md).

mod anchor;
mod cache;
pub(crate) mod change;
mod create;
pub(crate) mod custody;
mod error;
#[cfg(test)]
pub(crate) mod fixtures;
pub(crate) mod hierarchy;
pub(crate) mod keyring;
pub(crate) mod live;
#[cfg(feature = "local-keys")]
mod local;
pub(crate) mod manifest;
mod provider;
#[cfg(test)]
mod rotated;
pub mod store;
pub(crate) mod verify;

pub use anchor::{Anchor, AnchorError, AnchorOutage, FileAnchor, Head};
pub use cache::CacheSettings;
pub use change::StateError;
pub use custody::Creation;
pub use error::{KeyError, Tampering};
#[cfg(feature = "local-keys")]
pub use local::{LocalKeyError, LocalKeys};
pub use manifest::{KeyState, ManifestError};
pub use provider::{
    BoxFuture, EncryptionContext, KekId, KeyProvider, ProviderError, ProviderErrorKind, WrappedMasterKey,
};
// Made and taken by providers; every other key stays inside.
pub use crate::secret::FirmMasterKey;
pub use store::{FirmRecord, KeyStore, KeysRecord, MasterKeyRecord, Purpose, RecordContent, StoreError, VersionRecord};

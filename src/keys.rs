//! Keys: KEK -> firm master key -> data and index keys -> column and index subkeys (spec/keys.md).

mod anchor;
#[cfg(feature = "aws")]
mod aws;
mod background;
mod cache;
mod calls;
pub(crate) mod certificate;
pub(crate) mod change;
mod create;
pub(crate) mod custody;
mod error;
#[cfg(test)]
pub(crate) mod fixtures;
pub(crate) mod hierarchy;
pub(crate) mod jitter;
pub(crate) mod keyring;
pub(crate) mod lease;
pub(crate) mod live;
#[cfg(feature = "local-keys")]
mod local;
pub(crate) mod manifest;
mod master;
pub(crate) mod phases;
#[cfg(feature = "pkcs11")]
mod pkcs11;
mod provider;
pub(crate) mod providers;
#[cfg(any(feature = "aws", feature = "vault"))]
mod remote;
pub(crate) mod restamp;
#[cfg(test)]
mod rotated;
pub(crate) mod seals;
mod settings;
pub(crate) mod standing;
mod stats;
pub mod store;
mod timer;
#[cfg(feature = "vault")]
mod vault;
pub(crate) mod verify;
pub(crate) mod wait;

pub use anchor::{Anchor, AnchorError, AnchorOutage, FileAnchor, Head};
#[cfg(feature = "aws")]
pub use aws::{AwsKms, AwsKmsBuilder, AwsKmsError};
/// The SDK whose client [`AwsKms`] takes.
#[cfg(feature = "aws")]
pub use aws_sdk_kms;
pub use change::StateError;
pub use custody::Creation;
pub use error::{KeyError, Tampering};
#[cfg(feature = "local-keys")]
pub use local::{LocalKeyError, LocalKeys};
pub use manifest::{KeyState, ManifestError};
pub use phases::{JobPhase, Phase, Rollback};
#[cfg(feature = "pkcs11")]
pub use pkcs11::{Pkcs11, Pkcs11Builder, Pkcs11Error};
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
#[cfg(feature = "vault")]
pub use vault::{VaultTransit, VaultTransitBuilder, VaultTransitError};

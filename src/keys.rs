//! Keys: KEK -> firm master key -> data and index keys -> column and index subkeys (spec/keys.md).

pub(crate) mod hierarchy;
#[cfg(feature = "local-keys")]
mod local;
pub(crate) mod manifest;
mod provider;
pub mod store;

#[cfg(feature = "local-keys")]
pub use local::{LocalKeyError, LocalKeys};
pub use provider::{
    BoxFuture, EncryptionContext, KekId, KeyProvider, ProviderError, ProviderErrorKind, WrappedMasterKey,
};
pub use store::{FirmRecord, KeyStore, MasterKeyRecord, StoreError, VersionRecord};

//! Who holds the KEK: a KMS, Vault, an HSM, or a local file for development.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::context::FirmId;
use crate::random::Randomness;
use crate::secret::FirmMasterKey;

/// A boxed future, as the object-safe traits return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Wraps and unwraps firm master keys under a key-encryption key (KEK) that never leaves the provider.
///
/// Implement it for a key service that fieldseal has no provider for; methods return
/// `Box::pin(async move { … })`.
///
/// # Security
/// `unwrap` must name the KEK in its call and must refuse a wrapped key whose context differs in any entry: these
/// two bind a firm's key to its firm.
pub trait KeyProvider: Send + Sync + 'static {
    /// A short stable name, such as `local` or `aws`. It is stored with every wrapped key.
    fn id(&self) -> &str;

    /// The KEKs that configuration allows: the first wraps new keys, the others only unwrap.
    ///
    /// # Security
    /// This list is the root of trust: a stored key under any other KEK is refused before the provider is called.
    fn keks(&self) -> &[KekId];

    /// Makes a master key and wraps it. The default takes it from `random` and wraps it by [`wrap`](Self::wrap).
    fn generate<'a>(
        &'a self,
        context: &'a EncryptionContext,
        random: &'a dyn Randomness,
    ) -> BoxFuture<'a, Result<(FirmMasterKey, WrappedMasterKey), ProviderError>> {
        Box::pin(async move {
            let key = FirmMasterKey::generate(random)
                .map_err(|e| ProviderError::new(ProviderErrorKind::Internal, "random source failed").because(e))?;
            let wrapped = self.wrap(context, &key).await?;
            Ok((key, wrapped))
        })
    }

    /// Wraps `key` under the first of [`keks`](Self::keks).
    fn wrap<'a>(
        &'a self,
        context: &'a EncryptionContext,
        key: &'a FirmMasterKey,
    ) -> BoxFuture<'a, Result<WrappedMasterKey, ProviderError>>;

    /// Unwraps what [`wrap`](Self::wrap) gave under the same context.
    fn unwrap<'a>(
        &'a self,
        context: &'a EncryptionContext,
        wrapped: &'a WrappedMasterKey,
    ) -> BoxFuture<'a, Result<FirmMasterKey, ProviderError>>;

    /// Whether the provider's keys are fixed and public, fit for tests only. Such a provider works with no store but memory.
    fn for_tests_only(&self) -> bool {
        false
    }
}

/// Names a KEK within its provider: an ARN, a transit key, an HSM label, a fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KekId(String);

impl KekId {
    /// A KEK of this name.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KekId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A master key as its provider wrapped it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedMasterKey {
    /// The KEK that wraps it.
    pub kek: KekId,
    /// The provider's ciphertext.
    pub bytes: Vec<u8>,
}

/// What a wrapped master key is bound to: the KMS encryption context, not secret, part of the KMS's audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncryptionContext {
    firm: FirmId,
    entries: BTreeMap<&'static str, String>,
}

impl EncryptionContext {
    /// The context of `firm`'s master key of this version. The vault makes it; so do tests of a provider.
    #[must_use]
    pub fn master_key(firm: &FirmId, version: u32) -> Self {
        let entries = BTreeMap::from([
            ("fieldseal:firm", firm.canonical()),
            ("fieldseal:purpose", "firm-master-key".to_owned()),
            ("fieldseal:version", version.to_string()),
        ]);
        Self { firm: firm.clone(), entries }
    }

    /// The firm.
    #[must_use]
    pub fn firm(&self) -> &FirmId {
        &self.firm
    }

    /// Every entry, sorted by its key.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|(key, value)| (*key, value.as_str()))
    }

    /// The one form of the entries as associated data, apart by `label` (spec/keys.md, KEY-71).
    #[cfg(any(feature = "vault", feature = "pkcs11"))]
    pub(crate) fn associated(&self, label: &[u8]) -> Vec<u8> {
        let mut fields = vec![label];
        for (key, value) in self.entries() {
            fields.extend([key.as_bytes(), value.as_bytes()]);
        }
        crate::context::join(&fields)
    }
}

/// A provider call that failed. The message names no key material.
#[derive(Debug, thiserror::Error)]
#[error("{message} ({kind})")]
pub struct ProviderError {
    kind: ProviderErrorKind,
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl ProviderError {
    /// A failure of `kind`; `message` says what happened and what to do, and holds no secret.
    pub fn new(kind: ProviderErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// Adds the cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What kind of failure.
    #[must_use]
    pub fn kind(&self) -> ProviderErrorKind {
        self.kind
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self.kind, ProviderErrorKind::Unavailable | ProviderErrorKind::Throttled)
    }
}

/// What kind of provider failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProviderErrorKind {
    /// Not reached, timed out, or failed inside.
    Unavailable,
    /// Asked too often.
    Throttled,
    /// The service's credentials may not use the KEK.
    Denied,
    /// The KEK does not exist.
    NotFound,
    /// The KEK is disabled or pending deletion.
    Disabled,
    /// The wrapped key is altered, or belongs to another firm or KEK.
    Unauthentic,
    /// Anything else.
    Internal,
}

impl ProviderErrorKind {
    /// What whoever runs the service does about it.
    pub(crate) fn remedy(self) -> &'static str {
        match self {
            Self::Unavailable => {
                "it is tried again by later sessions, and firms whose keys are held go on until their time is over; check \
                 the network and the provider's health"
            }
            Self::Throttled => "raise its quota, or lower `provider.calls_per_second` of the cache's settings",
            Self::Denied => "let this service's credentials use the firm's KEK",
            Self::NotFound => "restore the firm's KEK, or correct its name",
            Self::Disabled => "enable the firm's KEK, or cancel its deletion",
            Self::Unauthentic => "the stored key is altered or another's: treat the key store as tampered with",
            Self::Internal => "the cause tells more",
        }
    }
}

impl fmt::Display for ProviderErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unavailable => "provider unavailable",
            Self::Throttled => "provider throttles",
            Self::Denied => "access to the KEK denied",
            Self::NotFound => "KEK not found",
            Self::Disabled => "KEK disabled",
            Self::Unauthentic => "wrapped key not authentic",
            Self::Internal => "provider failed",
        })
    }
}

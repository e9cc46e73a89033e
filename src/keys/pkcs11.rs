//! The provider for hardware security modules, through PKCS#11.

mod build;
mod create;
mod error;
mod fault;
mod module;
mod name;
mod pool;
mod session;
mod token;
mod wrap;

use std::fmt;

use zeroize::Zeroizing;

use super::provider::{
    BoxFuture, EncryptionContext, KekId, KeyProvider, ProviderError, ProviderErrorKind, WrappedMasterKey,
};
use crate::context::label;
use crate::secret::FirmMasterKey;

pub use build::Pkcs11Builder;
pub use error::Pkcs11Error;
use pool::Pool;

/// Wraps firm master keys under AES-256 keys of a hardware security module.
///
/// ```no_run
/// # fn example(pin: secrecy::SecretString) -> Result<(), fieldseal::keys::Pkcs11Error> {
/// use fieldseal::keys::Pkcs11;
///
/// let keys = Pkcs11::builder("/usr/lib/softhsm/libsofthsm2.so")
///     .token("fieldseal")
///     .pin(pin)
///     .kek("kek-2026")
///     .build()?;
/// # Ok(())
/// # }
/// ```
///
/// The key is found by its label (and id, where labels repeat) and must be sensitive, not extractable and 32 bytes long;
/// [`create_kek`](Self::create_kek) makes one. It wraps by AES-GCM, the firm's context as associated data, under a
/// random IV of the module's own: a snapshot of this machine that runs twice can't repeat it. The KEK is stored as a
/// PKCS#11 URI of token and object.
///
/// Calls run on four threads of fieldseal's own, each with a session that is opened at its first use and again after it
/// was lost. PKCS#11 knows no time limit: a module that hangs holds its thread, and callers wait, for as long as the
/// module's own configuration lets it. Build it after `fork`, never before.
///
/// # Security
/// Random 96-bit IVs bound one KEK to 2^32 wraps; a wrap happens when a firm is created or wrapped anew. Whoever has the
/// PIN and the module reads every firm. A wrong PIN is tried once and then never again by this process, or the token
/// would lock.
pub struct Pkcs11 {
    id: String,
    pool: Pool,
    ids: Vec<KekId>,
}

impl Pkcs11 {
    /// Starts with the path of the module, the library that came with the device.
    pub fn builder(module: impl AsRef<std::path::Path>) -> Pkcs11Builder {
        Pkcs11Builder::new(module.as_ref().to_owned())
    }

    /// Makes the key that wraps, under its configured label: AES-256, on the token, sensitive, not extractable.
    ///
    /// Call it once, from one place: the module would also make a second key of the label, and neither would be used.
    ///
    /// # Errors
    /// When there is a key of the label, or the module refuses.
    pub async fn create_kek(&self) -> Result<(), ProviderError> {
        self.pool.call(|worker| worker.create(0)).await
    }

    fn position(&self, kek: &KekId) -> Result<usize, ProviderError> {
        self.ids.iter().position(|id| id == kek).ok_or_else(|| {
            let message = format!("KEK `{kek}` is not among the keys configured: add it by `retired(…)`");
            ProviderError::new(ProviderErrorKind::NotFound, message)
        })
    }
}

impl KeyProvider for Pkcs11 {
    fn id(&self) -> &str {
        &self.id
    }

    fn keks(&self) -> &[KekId] {
        &self.ids
    }

    fn wrap<'a>(
        &'a self,
        context: &'a EncryptionContext,
        key: &'a FirmMasterKey,
    ) -> BoxFuture<'a, Result<WrappedMasterKey, ProviderError>> {
        Box::pin(async move {
            let associated = context.associated(label::PKCS11_WRAP);
            let key = Zeroizing::new(*key.expose());
            let bytes = self.pool.call(move |worker| worker.wrap(0, &associated, &key)).await?;
            Ok(WrappedMasterKey { kek: self.ids[0].clone(), bytes })
        })
    }

    fn unwrap<'a>(
        &'a self,
        context: &'a EncryptionContext,
        wrapped: &'a WrappedMasterKey,
    ) -> BoxFuture<'a, Result<FirmMasterKey, ProviderError>> {
        Box::pin(async move {
            let at = self.position(&wrapped.kek)?;
            let associated = context.associated(label::PKCS11_WRAP);
            let sealed = wrap::Sealed::parse(&wrapped.bytes)?;
            self.pool.call(move |worker| worker.unwrap(at, &associated, &sealed)).await
        })
    }
}

impl fmt::Debug for Pkcs11 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pkcs11").field(&self.ids).finish()
    }
}

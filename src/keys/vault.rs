//! The provider for the transit engine of HashiCorp Vault and OpenBao.

mod auth;
mod build;
mod calls;
mod error;
mod fault;
mod http;
mod token;
mod transit;
mod wrapped;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OnceCell;
use zeroize::Zeroizing;

use super::provider::{
    BoxFuture, EncryptionContext, KekId, KeyProvider, ProviderError, ProviderErrorKind, WrappedMasterKey,
};
use super::remote;
use crate::context::label;
use crate::secret::FirmMasterKey;

pub use build::VaultTransitBuilder;
pub use error::VaultTransitError;
use token::Tokens;

/// Wraps firm master keys under keys of the transit engine of HashiCorp Vault or OpenBao.
///
/// ```no_run
/// # fn example(secret_id: secrecy::SecretString) -> Result<(), fieldseal::keys::VaultTransitError> {
/// use fieldseal::keys::VaultTransit;
///
/// let keys = VaultTransit::builder("https://vault.example.com:8200", "fieldseal")
///     .app_role("2f4a1c-role-id", secret_id)
///     .build()?;
/// # Ok(())
/// # }
/// ```
///
/// The key must be of type `aes256-gcm96`, `chacha20-poly1305` or `xchacha20-poly1305`, which bind a firm's context to
/// its key; the type is asked for once, before the first use. New versions of the key (`rotate`) go on unnoticed. The
/// KEK is stored as `mount/key`.
///
/// Tokens are renewed in the background when two thirds of their life are over, for as long as this value lives. Where
/// a token can't be renewed, AppRole logs in again. A call, logging in included, ends after 5 seconds, unless
/// [`VaultTransitBuilder::timeout`] says otherwise. Calls run on a thread of fieldseal's own: no runtime is needed
/// where they are made.
///
/// # Security
/// Whoever may `decrypt` under the key reads every firm: Vault's policies can't require a context. Give the service
/// `update` on `encrypt` and `decrypt` and `read` on the key itself, and not `create`, by which a mistyped name makes a
/// new key.
pub struct VaultTransit {
    id: String,
    engine: Arc<Engine>,
    ids: Vec<KekId>,
    limit: Duration,
}

/// The transit engine, and the way to it.
struct Engine {
    tokens: Arc<Tokens>,
    mount: String,
    keys: Vec<Key>,
}

struct Key {
    name: String,
    /// Set once the server has said that its type binds associated data.
    fits: OnceCell<()>,
}

impl VaultTransit {
    /// Starts with the server's address, such as `https://vault.example.com:8200`, and the key that wraps.
    pub fn builder(address: impl Into<String>, key: impl Into<String>) -> VaultTransitBuilder {
        VaultTransitBuilder::new(address.into(), key.into())
    }

    fn position(&self, kek: &KekId) -> Result<usize, ProviderError> {
        self.ids.iter().position(|id| id == kek).ok_or_else(|| {
            let message = format!("KEK `{kek}` is not among the keys configured: add it by `retired(…)`");
            ProviderError::new(ProviderErrorKind::NotFound, message)
        })
    }
}

impl KeyProvider for VaultTransit {
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
            let (engine, associated) = (self.engine.clone(), context.associated(label::VAULT_WRAP));
            let key = Zeroizing::new(key.expose().to_vec());
            let call = async move { engine.encrypt(&associated, &key).await };
            let bytes = remote::run("Vault", self.limit, call).await?;
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
            let (engine, associated) = (self.engine.clone(), context.associated(label::VAULT_WRAP));
            let text = wrapped::checked(&wrapped.bytes)?.to_owned();
            remote::run("Vault", self.limit, async move { engine.decrypt(at, &associated, &text).await }).await
        })
    }
}

impl fmt::Debug for VaultTransit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VaultTransit").field(&self.ids).finish()
    }
}

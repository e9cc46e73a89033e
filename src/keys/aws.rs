//! The AWS KMS provider.

mod build;
mod error;
mod fault;
mod name;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_kms::Client;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::DataKeySpec;
use zeroize::Zeroizing;

use super::provider::{
    BoxFuture, EncryptionContext, KekId, KeyProvider, ProviderError, ProviderErrorKind, WrappedMasterKey,
};
use super::remote;
use crate::random::Randomness;
use crate::secret::FirmMasterKey;

pub use build::AwsKmsBuilder;
pub use error::AwsKmsError;
use fault::fault;

/// Wraps firm master keys under symmetric keys of AWS KMS.
///
/// ```no_run
/// # async fn example(config: fieldseal::keys::aws_sdk_kms::Config) -> Result<(), fieldseal::keys::AwsKmsError> {
/// use fieldseal::keys::{AwsKms, aws_sdk_kms::Client};
///
/// let keys = AwsKms::from_client(Client::from_conf(config), "alias/fieldseal").await?;
/// # Ok(())
/// # }
/// ```
///
/// Every call names its key and carries the firm's encryption context. An alias or a plain key id is resolved to the
/// key's ARN once, here; what is stored is the ARN, in which the region of a multi-Region key is `*`. Rotation of
/// the key material inside KMS goes on unnoticed.
///
/// A call ends after 10 seconds, the SDK's own retries included, unless [`AwsKmsBuilder::timeout`] says otherwise.
/// Calls run on a thread of fieldseal's own: no runtime is needed where they are made.
///
/// # Security
/// Whoever may `kms:Decrypt` under the key with a firm's encryption context reads that firm. Give the right to the
/// service's role alone, and require the context in the policy (see the guide). The plaintext key passes through buffers
/// of the SDK, which are not zeroized; the one that fieldseal gets is.
pub struct AwsKms {
    keks: Vec<Arc<Kek>>,
    ids: Vec<KekId>,
    limit: Duration,
}

/// A key, and the client that reaches its region.
struct Kek {
    client: Client,
    arn: String,
}

impl AwsKms {
    /// Uses one key through the service's own client. `key` is an ARN, an alias ARN, `alias/name` or a key id.
    ///
    /// With a key ARN no call is made, so that a service starts while KMS is down; anything else asks KMS for the ARN.
    ///
    /// # Errors
    /// When KMS does not know the name, or its key can't wrap.
    pub async fn from_client(client: Client, key: impl Into<String>) -> Result<Self, AwsKmsError> {
        Self::builder(client, key).build().await
    }

    /// Uses one key through a client made of `config`: the SDK's `Config`, or `&SdkConfig`.
    ///
    /// # Errors
    /// Those of [`from_client`](Self::from_client).
    pub async fn from_conf(
        config: impl Into<aws_sdk_kms::Config>,
        key: impl Into<String>,
    ) -> Result<Self, AwsKmsError> {
        Self::from_client(Client::from_conf(config.into()), key).await
    }

    /// Starts with the key that wraps; keys that only unwrap can be added.
    pub fn builder(client: Client, key: impl Into<String>) -> AwsKmsBuilder {
        AwsKmsBuilder::new(client, key.into())
    }

    fn kek(&self, id: &KekId) -> Result<Arc<Kek>, ProviderError> {
        let at = self.ids.iter().position(|known| known == id).ok_or_else(|| missing(id))?;
        Ok(self.keks[at].clone())
    }
}

impl KeyProvider for AwsKms {
    fn id(&self) -> &str {
        "aws"
    }

    fn keks(&self) -> &[KekId] {
        &self.ids
    }

    // Made by KMS, in one call.
    fn generate<'a>(
        &'a self,
        context: &'a EncryptionContext,
        _random: &'a dyn Randomness,
    ) -> BoxFuture<'a, Result<(FirmMasterKey, WrappedMasterKey), ProviderError>> {
        let (kek, context) = (self.keks[0].clone(), pairs(context));
        Box::pin(async move {
            let (key, bytes) = remote::run("AWS KMS", self.limit, async move { kek.generate(context).await }).await?;
            Ok((key, WrappedMasterKey { kek: self.ids[0].clone(), bytes }))
        })
    }

    fn wrap<'a>(
        &'a self,
        context: &'a EncryptionContext,
        key: &'a FirmMasterKey,
    ) -> BoxFuture<'a, Result<WrappedMasterKey, ProviderError>> {
        let (kek, context) = (self.keks[0].clone(), pairs(context));
        Box::pin(async move {
            let key = Zeroizing::new(key.expose().to_vec());
            let bytes = remote::run("AWS KMS", self.limit, async move { kek.encrypt(context, &key).await }).await?;
            Ok(WrappedMasterKey { kek: self.ids[0].clone(), bytes })
        })
    }

    fn unwrap<'a>(
        &'a self,
        context: &'a EncryptionContext,
        wrapped: &'a WrappedMasterKey,
    ) -> BoxFuture<'a, Result<FirmMasterKey, ProviderError>> {
        Box::pin(async move {
            let (kek, context) = (self.kek(&wrapped.kek)?, pairs(context));
            let bytes = wrapped.bytes.clone();
            // KMS takes 1 to 6,144 bytes, and calls any other length a mistake of the request.
            if bytes.is_empty() || bytes.len() > 6144 {
                return Err(unauthentic("the wrapped key is cut, or not of AWS KMS"));
            }
            remote::run("AWS KMS", self.limit, async move { kek.decrypt(context, bytes).await }).await
        })
    }
}

type Pairs = Vec<(String, String)>;

fn pairs(context: &EncryptionContext) -> Pairs {
    context.entries().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

impl Kek {
    async fn generate(&self, context: Pairs) -> Result<(FirmMasterKey, Vec<u8>), ProviderError> {
        let asked = self.client.generate_data_key().key_id(&self.arn).key_spec(DataKeySpec::Aes256);
        let asked = asked.set_encryption_context(Some(context.into_iter().collect()));
        let made = asked.send().await.map_err(|e| fault("GenerateDataKey", &self.arn, &e))?;
        self.check(made.key_id.as_deref())?;
        let wrapped = made.ciphertext_blob.ok_or_else(|| incomplete("GenerateDataKey"))?;
        Ok((taken(made.plaintext, "GenerateDataKey")?, wrapped.into_inner()))
    }

    async fn encrypt(&self, context: Pairs, key: &[u8]) -> Result<Vec<u8>, ProviderError> {
        let asked = self.client.encrypt().key_id(&self.arn).plaintext(Blob::new(key));
        let asked = asked.set_encryption_context(Some(context.into_iter().collect()));
        let made = asked.send().await.map_err(|e| fault("Encrypt", &self.arn, &e))?;
        self.check(made.key_id.as_deref())?;
        made.ciphertext_blob.map(Blob::into_inner).ok_or_else(|| incomplete("Encrypt"))
    }

    async fn decrypt(&self, context: Pairs, wrapped: Vec<u8>) -> Result<FirmMasterKey, ProviderError> {
        let asked = self.client.decrypt().key_id(&self.arn).ciphertext_blob(Blob::new(wrapped));
        let asked = asked.set_encryption_context(Some(context.into_iter().collect()));
        let opened = asked.send().await.map_err(|e| fault("Decrypt", &self.arn, &e))?;
        // Taken first: what was decrypted is zeroized, whatever is wrong with the rest.
        let key = taken(opened.plaintext, "Decrypt");
        self.check(opened.key_id.as_deref())?;
        key
    }

    /// KMS says which key it used.
    fn check(&self, used: Option<&str>) -> Result<(), ProviderError> {
        if used == Some(&self.arn) {
            return Ok(());
        }
        let message = format!("AWS KMS did not use `{}`, which was named: check the client's endpoint", self.arn);
        Err(ProviderError::new(ProviderErrorKind::Internal, message))
    }
}

/// The key in an answer, whose buffer is zeroized.
fn taken(plaintext: Option<Blob>, operation: &str) -> Result<FirmMasterKey, ProviderError> {
    let bytes = Zeroizing::new(plaintext.ok_or_else(|| incomplete(operation))?.into_inner());
    FirmMasterKey::try_init(|key| <&[u8; 32]>::try_from(bytes.as_slice()).map(|bytes| *key = *bytes))
        .map_err(|_| unauthentic("what the wrapped key holds is not a master key"))
}

fn unauthentic(message: &str) -> ProviderError {
    ProviderError::new(ProviderErrorKind::Unauthentic, message)
}

fn incomplete(operation: &str) -> ProviderError {
    let message = format!("the answer of AWS KMS to {operation} is incomplete: check the client's endpoint");
    ProviderError::new(ProviderErrorKind::Internal, message)
}

fn missing(kek: &KekId) -> ProviderError {
    let message = format!("KEK `{kek}` is not among the keys configured: add it by `AwsKms::builder(…).retired(…)`");
    ProviderError::new(ProviderErrorKind::NotFound, message)
}

impl fmt::Debug for AwsKms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AwsKms").field(&self.ids).finish()
    }
}

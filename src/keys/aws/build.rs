//! From configured names to keys that don't change under way.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_kms::Client;
use aws_sdk_kms::types::{KeyMetadata, KeySpec, KeyUsageType};

use super::fault::fault;
use super::name::Arn;
use super::{AwsKms, AwsKmsError, Kek, incomplete};
use crate::keys::remote;

/// Configures an [`AwsKms`].
#[must_use = "a builder makes nothing until `build` is called"]
pub struct AwsKmsBuilder {
    keys: Vec<(Client, String)>,
    limit: Duration,
}

impl AwsKmsBuilder {
    pub(super) fn new(client: Client, key: String) -> Self {
        Self { keys: vec![(client, key)], limit: Duration::from_secs(10) }
    }

    /// Adds a key that unwraps and never wraps, reached by the first key's client: the same region, any account.
    pub fn retired(self, key: impl Into<String>) -> Self {
        let client = self.keys[0].0.clone();
        self.retired_from(client, key)
    }

    /// Adds a key that unwraps and never wraps, of another region or under other credentials.
    pub fn retired_from(mut self, client: Client, key: impl Into<String>) -> Self {
        self.keys.push((client, key.into()));
        self
    }

    /// How long a call may take, the SDK's retries included: 10 seconds by default. The SDK itself knows no such limit.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Resolves the names. No call is made for a key ARN.
    ///
    /// # Errors
    /// When KMS does not know a name, or its key can't wrap or lies in another region than its client.
    pub async fn build(self) -> Result<AwsKms, AwsKmsError> {
        let mut kms = AwsKms { keks: Vec::new(), ids: Vec::new(), limit: self.limit };
        for (client, name) in self.keys {
            let arn = resolve(&client, name, self.limit).await?;
            let id = Arn::parse(&arn).ok_or_else(|| AwsKmsError::InvalidName { name: arn.clone() })?.kek_id();
            if !kms.ids.contains(&id) {
                kms.ids.push(id);
                kms.keks.push(Arc::new(Kek { client, arn }));
            }
        }
        Ok(kms)
    }
}

/// The ARN of the key that `name` leads to now.
async fn resolve(client: &Client, name: String, limit: Duration) -> Result<String, AwsKmsError> {
    match Arn::parse(&name) {
        Some(arn) => {
            check_region(client, &arn, &name)?;
            if arn.is_key() {
                return Ok(name);
            }
        }
        // A key id is letters, digits and dashes; anything else is a slip that KMS would explain less well.
        None if name.is_empty() || name.contains(':') => return Err(AwsKmsError::InvalidName { name }),
        None => {}
    }
    usable(described(client, name, limit).await?)
}

fn check_region(client: &Client, arn: &Arn<'_>, name: &str) -> Result<(), AwsKmsError> {
    match client.config().region() {
        Some(region) if region.as_ref() != arn.region => {
            Err(AwsKmsError::WrongRegion { arn: name.to_owned(), client: region.to_string() })
        }
        _ => Ok(()),
    }
}

async fn described(client: &Client, name: String, limit: Duration) -> Result<KeyMetadata, AwsKmsError> {
    let (asked, key) = (client.describe_key().key_id(&name), name.clone());
    let described = remote::run("AWS KMS", limit, async move {
        let answer = asked.send().await.map_err(|e| fault("DescribeKey", &key, &e))?;
        answer.key_metadata.ok_or_else(|| incomplete("DescribeKey"))
    });
    described.await.map_err(|source| AwsKmsError::Resolve { name, source })
}

fn usable(key: KeyMetadata) -> Result<String, AwsKmsError> {
    let fits = key.key_spec == Some(KeySpec::SymmetricDefault) && key.key_usage == Some(KeyUsageType::EncryptDecrypt);
    let arn = key.arn.unwrap_or(key.key_id);
    if fits { Ok(arn) } else { Err(AwsKmsError::NotSymmetric { arn }) }
}

impl fmt::Debug for AwsKmsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<_> = self.keys.iter().map(|(_, name)| name).collect();
        f.debug_struct("AwsKmsBuilder").field("keys", &keys).field("limit", &self.limit).finish()
    }
}

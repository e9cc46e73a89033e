//! Why the KMS provider can't be built.

use crate::keys::provider::ProviderError;

/// A KMS provider that can't be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AwsKmsError {
    /// KMS did not tell which key a name leads to.
    #[error("AWS KMS did not resolve key `{name}`")]
    Resolve {
        /// The name, as configured.
        name: String,
        /// What failed.
        #[source]
        source: ProviderError,
    },
    /// The name can't be a key's.
    #[error("`{name}` names no KMS key: give a key ARN, an alias ARN, `alias/…` or a key id")]
    InvalidName {
        /// The name, as configured.
        name: String,
    },
    /// The client speaks to another region than the key's.
    #[error("key `{arn}` lies in another region than the client's, `{client}`: give it a client of its own region")]
    WrongRegion {
        /// The key's ARN.
        arn: String,
        /// The client's region.
        client: String,
    },
    /// The key signs, makes MACs or is asymmetric.
    #[error("key `{arn}` is no symmetric encryption key: make one of spec SYMMETRIC_DEFAULT, usage ENCRYPT_DECRYPT")]
    NotSymmetric {
        /// The key's ARN.
        arn: String,
    },
}

impl AwsKmsError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Resolve { .. } => "aws_kms.resolve",
            Self::InvalidName { .. } => "aws_kms.invalid_name",
            Self::WrongRegion { .. } => "aws_kms.wrong_region",
            Self::NotSymmetric { .. } => "aws_kms.not_symmetric",
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Resolve { source, .. } if source.is_retryable())
    }
}

//! What became unreadable when a firm was shredded, for those who have to prove it.

mod facts;

use super::KeyAdmin;
use crate::context::FirmId;
use crate::keys::KeyError;
use crate::keys::certificate::Certified;
use crate::keys::store::FirmRecord;
use facts::FORMAT;

pub use facts::{
    Acknowledged, ColumnGone, Completion, MasterGone, PlaintextLeft, Requested, ShredFacts, StillHeld, TermsFound,
    VersionGone,
};

/// A statement that a firm was shredded, which the platform vouches for.
///
/// [`to_json`](Self::to_json) is what to keep and to hand out; [`KeyAdmin::verify_certificate`] says whether it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShredCertificate(Certified);

/// A certificate that does not hold up.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The platform's or the firm's record can't be had.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// Not a certificate of this release.
    #[error("it is not a certificate of a form that this release knows")]
    Malformed,
    /// Altered, a draft, or another platform's.
    #[error("the certificate is not authentic: it was altered, is a draft, or is another service's")]
    NotAuthentic,
    /// The firm has keys.
    #[error("firm {firm} was not shredded")]
    NotShredded {
        /// The firm.
        firm: FirmId,
    },
}

impl CertificateError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Keys(error) => error.code(),
            Self::Malformed => "certificate.malformed",
            Self::NotAuthentic => "certificate.not_authentic",
            Self::NotShredded { .. } => "certificate.not_shredded",
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Keys(error) if error.is_retryable())
    }
}

impl ShredCertificate {
    pub(super) fn draft(facts: &ShredFacts) -> Self {
        Self(Certified { body: facts.to_json(), mac: String::new() })
    }

    /// The certificate as JSON: `body`, itself JSON in a string, and `mac`.
    #[must_use]
    pub fn to_json(&self) -> String {
        self.0.to_json()
    }

    /// What it says; `None` where a later release wrote it in another format.
    #[must_use]
    pub fn facts(&self) -> Option<ShredFacts> {
        serde_json::from_str(&self.0.body).ok().filter(|facts: &ShredFacts| facts.format == FORMAT)
    }
}

impl KeyAdmin {
    /// The certificate of a shredded firm, as it lies in the key store: the same each time, once it is complete.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub async fn certificate(&self, firm: impl Into<FirmId>) -> Result<ShredCertificate, CertificateError> {
        let firm = firm.into();
        let found = self.custody.certified(&firm).await?;
        found.map(|(_, found)| ShredCertificate(found)).ok_or(CertificateError::NotShredded { firm })
    }

    /// Whether this service issued a certificate, and what it says. It may say less than the stored one, where it was handed out
    /// before the shredding was complete.
    ///
    /// # Errors
    /// [`CertificateError`].
    ///
    /// # Security
    /// It proves what was done to the key store, not that nobody kept a copy of it: see [`ShredFacts::still_held`].
    pub async fn verify_certificate(&self, json: &str) -> Result<ShredFacts, CertificateError> {
        let given = Certified::from_json(json.as_bytes()).ok_or(CertificateError::Malformed)?;
        let facts = ShredCertificate(given.clone()).facts().ok_or(CertificateError::Malformed)?;
        if self.custody.is_certified(&given).await? {
            return Ok(facts);
        }
        // One from before the platform's master key was changed: the stored copy was written anew, with the same body.
        let firm: FirmId = facts.firm.parse().map_err(|_| CertificateError::Malformed)?;
        match self.custody.certified(&firm).await {
            Ok(Some((_, stored))) if stored.body == given.body => Ok(facts),
            Ok(_) | Err(KeyError::UnknownFirm { .. }) => Err(CertificateError::NotAuthentic),
            Err(error) => Err(error.into()),
        }
    }

    /// A shredded firm's record and certificate.
    pub(super) async fn certified(&self, firm: &FirmId) -> Result<(FirmRecord, ShredCertificate), KeyError> {
        let found = self.custody.certified(firm).await?;
        let (record, certificate) = found.ok_or_else(|| KeyError::Contended { firm: firm.clone() })?;
        Ok((record, ShredCertificate(certificate)))
    }
}

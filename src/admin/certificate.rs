//! What became unreadable when a firm was shredded, for those who have to prove it.

use serde::{Deserialize, Serialize};

use super::KeyAdmin;
use super::shred::Found;
use crate::context::FirmId;
use crate::keys::KeyError;
use crate::keys::certificate::Certified;
use crate::keys::custody::Doomed;
use crate::keys::manifest::ClaimedManifest;
use crate::keys::store::{FirmRecord, ProcessRecord};
use crate::model::{ModelSchema, Owner};

/// A statement that a firm was shredded, which the platform vouches for.
///
/// [`to_json`](Self::to_json) is what to keep and to hand out; [`KeyAdmin::verify_certificate`] says whether it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShredCertificate(Certified);

/// What a certificate says. New fields may come; none goes or changes its meaning under one `format`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ShredFacts {
    /// `fieldseal/v1/shred-certificate`.
    pub format: String,
    /// The firm, in its canonical form.
    pub firm: String,
    /// The generation of the tombstone.
    pub generation: u64,
    /// When the keys were destroyed: Unix seconds.
    pub when: u64,
    /// Who requested it; `None`: it was done at once, by `danger::shred_firm`.
    pub requested: Option<Requested>,
    /// Whether the list of versions was verified under the firm's master key; `false`: its provider was not asked or not
    /// reached, and the list is as the key store had it.
    pub manifest_verified: bool,
    /// The wrapped master key that was deleted.
    pub master: MasterGone,
    /// Every version that the firm had, with the commitment to its key.
    pub versions: Vec<VersionGone>,
    /// The sealed columns of the registered models, in which the firm's cells are unreadable.
    pub columns: Vec<ColumnGone>,
    /// The firm's terms in global indexes before: they are under the platform's key.
    pub terms: Vec<TermsFound>,
    /// Plaintext that was left on purpose.
    pub plaintext: Vec<PlaintextLeft>,
    /// What may still hold the wrapped master key, and what to do about it.
    pub still_held: Vec<StillHeld>,
    /// What was done after the keys were destroyed; `None` until then.
    pub complete: Option<Completion>,
}

/// Who requested a shredding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Requested {
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When: Unix seconds.
    pub requested: u64,
    /// From when on it could be done: Unix seconds.
    pub due: u64,
}

/// A wrapped master key that was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MasterGone {
    /// Its version.
    pub version: u32,
    /// The provider that wrapped it.
    pub provider: String,
    /// The KEK that wrapped it.
    pub kek: String,
    /// The commitment to it, hex; empty where the manifest could not be read.
    pub commitment: String,
}

/// A version of a data or index key that was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VersionGone {
    /// `data` or `index`.
    pub purpose: String,
    /// Its number.
    pub version: u32,
    /// Its last state.
    pub state: String,
    /// When it was made: Unix seconds.
    pub created: u64,
    /// The commitment to the key, hex.
    pub commitment: String,
}

/// A sealed column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ColumnGone {
    /// The table's SQL name.
    pub table: String,
    /// The column's SQL name.
    pub column: String,
}

/// Terms of a firm in a global index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TermsFound {
    /// The table's SQL name.
    pub table: String,
    /// The term column's SQL name.
    pub column: String,
    /// Rows that had a term.
    pub rows: u64,
}

/// Plaintext of a firm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PlaintextLeft {
    /// The table's SQL name.
    pub table: String,
    /// The column's SQL name.
    pub column: String,
    /// Rows that have a value.
    pub rows: u64,
}

/// A place where the wrapped master key may still be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StillHeld {
    /// `kek`, `key-store-backups`, `key-store-log`, `escrow`.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

/// What was done after the keys were destroyed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Completion {
    /// When it was done: Unix seconds.
    pub when: u64,
    /// The epoch that every process had acknowledged, or whose lease had ended.
    pub epoch: u64,
    /// The processes that lived then.
    pub processes: Vec<Acknowledged>,
    /// The firm's terms that were left in global indexes: no rows.
    pub terms_left: Vec<TermsFound>,
}

/// A process that holds nothing of the firm any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Acknowledged {
    /// Its id in the fleet.
    pub id: String,
    /// Its machine.
    pub host: String,
    /// Its process id there.
    pub pid: u32,
    /// It holds nothing from before this epoch.
    pub epoch: u64,
}

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

impl ShredFacts {
    pub(super) fn new(firm: &FirmId, doomed: &Doomed<'_>, verified: bool, models: &[&ModelSchema]) -> Self {
        let manifest = ClaimedManifest::parse(&doomed.keys.manifest).ok();
        let claim = manifest.as_ref().map(ClaimedManifest::claim);
        let master = &doomed.keys.master;
        let version = |entry: &crate::keys::manifest::Entry| VersionGone {
            purpose: entry.purpose.as_str().to_owned(),
            version: entry.version,
            state: entry.state.as_str().to_owned(),
            created: entry.created,
            commitment: hex::encode(entry.commitment),
        };
        let requested = doomed.standing.pending.as_ref().map(|pending| Requested {
            by: pending.by.clone(),
            reason: pending.reason.clone(),
            requested: pending.requested,
            due: pending.due,
        });
        Self {
            format: FORMAT.to_owned(),
            firm: firm.canonical(),
            generation: doomed.generation,
            when: doomed.when,
            requested,
            manifest_verified: verified && claim.is_some(),
            master: MasterGone {
                version: master.version,
                provider: master.provider.clone(),
                kek: master.kek.as_str().to_owned(),
                commitment: claim.map(|claim| hex::encode(claim.master_commitment)).unwrap_or_default(),
            },
            versions: claim.map(|claim| claim.entries.iter().map(version).collect()).unwrap_or_default(),
            columns: columns(models),
            terms: Vec::new(),
            plaintext: Vec::new(),
            still_held: still_held(),
            complete: None,
        }
    }

    pub(super) fn with(self, found: &Found) -> Self {
        Self { terms: found.terms.clone(), plaintext: found.plaintext.clone(), ..self }
    }

    pub(super) fn completed(self, completion: Completion, left: &[TermsFound]) -> Self {
        Self { complete: Some(Completion { terms_left: left.to_vec(), ..completion }), ..self }
    }

    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("texts and numbers are always JSON")
    }
}

impl Completion {
    pub(super) fn new(when: u64, epoch: u64, processes: &[ProcessRecord]) -> Self {
        let acknowledged = |process: &ProcessRecord| Acknowledged {
            id: process.id.to_string(),
            host: process.host.clone(),
            pid: process.pid,
            epoch: process.acknowledged,
        };
        Self { when, epoch, processes: processes.iter().map(acknowledged).collect(), terms_left: Vec::new() }
    }
}

fn columns(models: &[&ModelSchema]) -> Vec<ColumnGone> {
    let owned = models.iter().filter(|model| model.owner != Owner::Platform);
    let all = owned.flat_map(|model| model.columns.iter().map(|column| (model.table, column.column)));
    let mut all: Vec<(&str, &str)> = all.collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter().map(|(table, column)| ColumnGone { table: table.to_owned(), column: column.to_owned() }).collect()
}

/// What nobody can delete from here.
fn still_held() -> Vec<StillHeld> {
    let held = |(what, remedy): &(&str, &str)| StillHeld { what: (*what).to_owned(), remedy: (*remedy).to_owned() };
    STILL_HELD.iter().map(held).collect()
}

const STILL_HELD: &[(&str, &str)] = &[
    (
        "kek",
        "The KEK named under `master` still unwraps copies of the wrapped master key. Where it is this firm's own, disable \
         it and schedule its deletion; where firms share it, it stays, and the copies below have to go.",
    ),
    (
        "key-store-backups",
        "Backups and snapshots of the key store from before `when` hold the wrapped keys: delete them, or wait until the \
         last of them has expired. After a restore from one, shred the firm again at once.",
    ),
    (
        "key-store-log",
        "Write-ahead logs, point-in-time recovery archives and replicas of the key store hold the deleted rows until they \
         are recycled, overwritten or vacuumed: wait until their retention is over.",
    ),
    (
        "escrow",
        "Recovery exports made before `when` open what this firm sealed: have every holder destroy theirs, and confirm it.",
    ),
];

const FORMAT: &str = "fieldseal/v1/shred-certificate";

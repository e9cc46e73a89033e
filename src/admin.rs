//! The operators' way in: what changes, moves, revokes and destroys keys. A command line calls only these.

pub(crate) mod backup;
mod census;
mod certificate;
#[cfg(test)]
mod fixtures;
mod master;
mod phase;
mod processes;
mod progress;
mod reinsert;
pub(crate) mod restore;
mod rewrap;
mod rotate;
mod rows;
mod shred;
mod standing;
mod states;

use std::sync::Arc;

use crate::context::FirmId;
use crate::fleet::Fleet;
use crate::keys::custody::Custody;
pub use crate::keys::standing::{FirmStanding, Hold, PendingShred, Suspension};
use crate::keys::{KekId, KeyError, KeyState, Purpose};
use crate::session::Vault;
use progress::Tell;

pub use master::MasterRotation;
pub use rewrap::{Kek, RewrapReport};

pub use backup::{Backup, BackupError};
pub use census::{Census, CensusError, HeadCount};
pub use certificate::{
    Acknowledged, CertificateError, ColumnGone, Completion, MasterGone, PlaintextLeft, Requested, ShredCertificate,
    ShredFacts, StillHeld, TermsFound, VersionGone,
};
pub use phase::PhaseError;
pub use processes::{ModelInUse, ProcessInfo};
pub use progress::{Progress, Step};
pub use reinsert::Reinserted;
pub use restore::{Contents, Difference, Outcome, Overwrite, RestoreError, RestoreOptions, Restored, Verify};
pub use rotate::{RotateAll, RotateError, Rotation, RotationPolicy, Rotations};
pub use rows::Rows;
pub use shred::{LegacyColumn, ShredData, ShredError, ShredRequest};
pub use standing::StandingError;
pub use states::StateChangeError;

/// Administers firms' keys, from [`Vault::admin`].
///
/// Every change is one step of a record in the key store; a call that is cut off at any point, also by the end of its
/// process, leaves a record that holds, and running it again goes on from there.
#[derive(Clone)]
pub struct KeyAdmin {
    pub(crate) custody: Arc<Custody>,
    pub(crate) fleet: Arc<Fleet>,
    pub(crate) vault: Vault,
    dry_run: bool,
    tell: Option<Tell>,
}

/// What a firm's record says, verified. No key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FirmKeys {
    /// The firm.
    pub firm: FirmId,
    /// Counts the changes of the record.
    pub generation: u64,
    /// The version of the firm master key.
    pub master_version: u32,
    /// The provider that wraps the firm master key.
    pub provider: String,
    /// The KEK that wraps the firm master key.
    pub kek: KekId,
    /// Cells under a lower data-key version are refused.
    pub min_open_version: u32,
    /// Every version, also destroyed ones, sorted by purpose and version.
    pub versions: Vec<KeyVersion>,
}

/// A version of a data or index key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyVersion {
    /// What the key is for.
    pub purpose: Purpose,
    /// Its number.
    pub version: u32,
    /// Its state.
    pub state: KeyState,
    /// When it was made: Unix seconds.
    pub created: u64,
}

impl Vault {
    /// The operators' way in.
    #[must_use]
    pub fn admin(&self) -> KeyAdmin {
        KeyAdmin {
            custody: self.custody().clone(),
            fleet: self.fleet().clone(),
            vault: self.clone(),
            dry_run: false,
            tell: None,
        }
    }
}

impl KeyAdmin {
    /// Firms that have a record, shredded ones too, sorted by their canonical name: at most `limit`, beginning behind `after`.
    /// What the key store says is not verified.
    ///
    /// # Errors
    /// [`KeyError`].
    pub async fn firms(&self, after: Option<&FirmId>, limit: usize) -> Result<Vec<FirmId>, KeyError> {
        Ok(self.custody.store().firms(after, limit).await?)
    }

    /// What a firm's record says, read and verified now: one provider call.
    ///
    /// # Errors
    /// [`KeyError`].
    pub async fn keys(&self, firm: impl Into<FirmId>) -> Result<FirmKeys, KeyError> {
        let manifest = self.custody.opened(&firm.into()).await?.manifest;
        let version = |entry: &crate::keys::manifest::Entry| KeyVersion {
            purpose: entry.purpose,
            version: entry.version,
            state: entry.state,
            created: entry.created,
        };
        Ok(FirmKeys {
            versions: manifest.entries.iter().map(version).collect(),
            firm: manifest.firm,
            generation: manifest.generation,
            master_version: manifest.master_version,
            provider: manifest.provider,
            kek: manifest.kek,
            min_open_version: manifest.min_open_version,
        })
    }
}

impl std::fmt::Debug for KeyAdmin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyAdmin")
    }
}

//! The master key of each firm that this process has verified last: what takes its place must follow from it (KEY-12).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::Custody;
use crate::context::FirmId;
use crate::keys::error::{KeyError, Tampering};
use crate::keys::hierarchy::{Commitment, MasterKeys};
use crate::keys::manifest::Manifest;

/// It outlives the cache, as what was seen of generations does.
#[derive(Default)]
pub(super) struct Masters(Mutex<HashMap<FirmId, Known>>);

#[derive(Clone, Copy)]
struct Known {
    generation: u64,
    version: u32,
    commitment: Commitment,
    /// Something was refused since, and the key that could judge what comes next may be gone with it.
    doubted: bool,
}

impl Masters {
    /// Takes note of an authentic manifest's master key, unless it can't be the successor of the one known. `held` is what
    /// the process has in memory.
    fn follow(&self, manifest: &Manifest, held: Option<&MasterKeys>) -> Result<(), Tampering> {
        let (version, commitment) = (manifest.master_version, manifest.master_commitment);
        let new = Known { generation: manifest.generation, version, commitment, doubted: false };
        // The map is never left half-changed, so a panic elsewhere does not spoil it.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = known.entry(manifest.firm.clone()).or_insert(new);
        // An earlier one was read before a change that others have read already, and is not taken over. Another one of
        // the same generation is a fork, which the manifest's hash tells.
        if manifest.generation <= last.generation {
            return Ok(());
        }
        let followed = last.is_followed_by(manifest, held);
        match followed {
            Ok(()) => *last = new,
            Err(_) => last.doubted = true,
        }
        followed
    }
}

impl Known {
    fn is_followed_by(&self, manifest: &Manifest, held: Option<&MasterKeys>) -> Result<(), Tampering> {
        let version = manifest.master_version;
        if version < self.version {
            return Err(Tampering::MasterRolledBack { found: version, seen: self.version });
        }
        let same = version == self.version && manifest.master_commitment == self.commitment;
        let later = version > self.version && !self.doubted && held.is_none_or(|held| follows(manifest, held));
        if same || later { Ok(()) } else { Err(Tampering::OtherMaster { version }) }
    }
}

/// Whether the held key vouches for the manifest's, where it is the one to do so.
fn follows(manifest: &Manifest, held: &MasterKeys) -> bool {
    held.version().checked_add(1) != Some(manifest.master_version)
        || held.endorses_successor(&manifest.master_commitment, &manifest.predecessor)
}

impl Custody {
    /// Refuses a master key that does not follow from the one that this process knows.
    pub(super) fn follows(&self, manifest: &Manifest) -> Result<(), KeyError> {
        let slot = self.held(&manifest.firm);
        let ring = slot.ring().ok();
        let followed = self.masters.follow(manifest, ring.as_ref().map(|ring| &**ring.master()));
        followed.map_err(|what| KeyError::Tampered { firm: manifest.firm.clone(), what })
    }
}

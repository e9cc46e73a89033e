//! Edits of a firm's master key: another KEK over it, or another key in its place.

use std::sync::Arc;

use super::change::Opened;
use super::custody::route::Wrapping;
use super::hierarchy::{Endorsed, MasterKeys};
use super::keyring::Keyring;
use super::store::{MasterKeyRecord, Purpose};
use crate::secret::{EndorsementKey, FirmMasterKey};

/// No number is left for another master key.
#[derive(Debug)]
pub(crate) struct NoNumber;

impl Opened {
    /// Puts the same master key under another KEK (KEY-11). `platform` is `None` for the platform's own.
    pub(crate) fn rewrap(&mut self, wrapping: Wrapping, platform: Option<&Keyring>) {
        self.manifest.provider = wrapping.provider;
        self.manifest.kek = wrapping.wrapped.kek;
        self.keys.master.wrapped = wrapping.wrapped.bytes;
        self.endorse(platform);
    }

    /// Puts `next` in the place of the master key: it wraps every key anew, and is vouched for by the one before (KEY-12).
    /// No key below changes.
    pub(crate) fn succeed(
        &mut self,
        next: FirmMasterKey,
        wrapping: Wrapping,
        platform: Option<&Keyring>,
    ) -> Result<(), NoNumber> {
        let version = self.derived.version().checked_add(1).ok_or(NoNumber)?;
        let derived = MasterKeys::new(&self.manifest.firm, version, &next);
        let predecessor = self.derived.endorse_successor(&derived.commitment).ok_or(NoNumber)?;
        self.wrap_all(&derived);
        self.manifest.master_version = version;
        self.manifest.master_commitment = derived.commitment;
        self.manifest.predecessor = predecessor.to_vec();
        (self.master, self.derived) = (next, Arc::new(derived));
        self.rewrap(wrapping, platform);
        Ok(())
    }

    fn wrap_all(&mut self, next: &MasterKeys) {
        for row in &mut self.keys.versions {
            let held = "every key was unwrapped when the record was verified";
            row.wrapped = match row.purpose {
                Purpose::Data => {
                    let key = self.derived.unwrap_data(row.version, &row.wrapped).expect(held);
                    next.wrap(row.purpose, row.version, key.expose())
                }
                Purpose::Index => {
                    let key = self.derived.unwrap_index(row.version, &row.wrapped).expect(held);
                    next.wrap(row.purpose, row.version, key.expose())
                }
            };
        }
    }

    /// Has the platform vouch for the master key as the manifest names it, and makes the record's fields agree.
    fn endorse(&mut self, platform: Option<&Keyring>) {
        let manifest = &self.manifest;
        let statement = Endorsed {
            firm: &manifest.firm,
            version: manifest.master_version,
            provider: &manifest.provider,
            kek: &manifest.kek,
            commitment: &manifest.master_commitment,
            predecessor: &manifest.predecessor,
        };
        let by: &EndorsementKey = platform.map_or(&self.derived.endorsement, Keyring::endorsement);
        self.keys.master = MasterKeyRecord {
            version: manifest.master_version,
            provider: manifest.provider.clone(),
            kek: manifest.kek.clone(),
            wrapped: std::mem::take(&mut self.keys.master.wrapped),
            endorsement: statement.endorse(by).to_vec(),
        };
        self.platform = platform.map(Keyring::generation);
    }
}

//! A change of a firm's record: opened, edited, and written back by compare-and-set (spec/keys.md, KEY-16).

use std::sync::Arc;

use super::custody::{ATTEMPTS, Custody};
use super::error::{KeyError, Tampering};
use super::hierarchy::MasterKeys;
use super::manifest::{Entry, KeyState, Manifest};
use super::store::{FirmRecord, KeysRecord, Purpose, RecordContent, VersionRecord};
use super::verify::Verified;
use crate::context::FirmId;
use crate::random::{RandomError, Randomness};
use crate::secret::{DataKey, FirmMasterKey};

/// A firm's verified record, and the keys to write the next one.
pub(crate) struct Opened {
    pub(crate) keys: KeysRecord,
    pub(crate) manifest: Manifest,
    pub(crate) master: FirmMasterKey,
    pub(crate) derived: Arc<MasterKeys>,
    /// The platform's generation, on whose word the record rests; `None` for the platform's own.
    pub(crate) platform: Option<u64>,
    /// The generation that the store holds.
    generation: u64,
    /// The note that lies beside the record.
    pub(crate) note: Option<Vec<u8>>,
    /// The highest data and index versions that are known to have been given, whatever the store says.
    given: [u32; 2],
}

/// An edit that the states of keys do not allow (KEY-18).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The firm has no such version.
    #[error("there is no such version")]
    NoVersion,
    /// Versions move one state at a time, and never back.
    #[error("it is {}, from which no step leads to {}", from.as_str(), to.as_str())]
    NoStep {
        /// The state it has.
        from: KeyState,
        /// The state asked for.
        to: KeyState,
    },
    /// The minimum may not be above the active version, or nothing that is sealed would open (KEY-17).
    #[error("the active version is {active}: seal under a later one first")]
    AboveActive {
        /// The active version.
        active: u32,
    },
    /// The minimum never falls (KEY-17).
    #[error("cells below version {minimum} are refused already, and for good")]
    Falls {
        /// The minimum that the firm has.
        minimum: u32,
    },
    /// No version number is left.
    #[error("no version number is left")]
    NoNumber,
}

impl Opened {
    /// A record that did not come from the store. Its number of versions given is the manifest's.
    #[cfg(feature = "escrow")]
    pub(crate) fn of(keys: KeysRecord, manifest: Manifest, master: FirmMasterKey, derived: Arc<MasterKeys>) -> Self {
        let generation = manifest.generation;
        Self { keys, manifest, master, derived, platform: None, generation, note: None, given: [0; 2] }
    }

    /// The highest number that the manifest gives to a version of `purpose`.
    pub(crate) fn highest(&self, purpose: Purpose) -> u32 {
        self.entries(purpose).map(|entry| entry.version).max().unwrap_or(0)
    }

    pub(crate) fn entries(&self, purpose: Purpose) -> impl DoubleEndedIterator<Item = &Entry> {
        self.manifest.entries.iter().filter(move |entry| entry.purpose == purpose)
    }

    /// The state of a version.
    pub(crate) fn state(&self, purpose: Purpose, version: u32) -> Option<KeyState> {
        self.entries(purpose).find(|entry| entry.version == version).map(|entry| entry.state)
    }

    /// The active version.
    pub(crate) fn active(&self, purpose: Purpose) -> &Entry {
        let active = self.entries(purpose).find(|entry| entry.state == KeyState::Active);
        active.expect("a manifest without exactly one active version of each purpose does not verify")
    }

    /// The pending version that a rotation has left, if it may still become the active one.
    pub(crate) fn pending(&self, purpose: Purpose) -> Option<u32> {
        let active = self.active(purpose).version;
        let mut pending = self.entries(purpose).filter(|entry| entry.state == KeyState::Pending);
        pending.rfind(|entry| entry.version > active).map(|entry| entry.version)
    }

    /// A fresh key, pending. Its number is above `floor` and above every other (KEY-3).
    pub(crate) fn add(
        &mut self,
        purpose: Purpose,
        floor: u32,
        now: u64,
        random: &dyn Randomness,
    ) -> Result<Result<u32, StateError>, RandomError> {
        let given = self.given[usize::from(purpose == Purpose::Index)];
        let Some(version) = self.highest(purpose).max(floor).max(given).checked_add(1) else {
            return Ok(Err(StateError::NoNumber));
        };
        // Both purposes' keys are 32 bytes, which the wrapping tells apart.
        let key = DataKey::generate(random)?;
        let wrapped = self.derived.wrap(purpose, version, key.expose());
        let commitment = self.derived.commit(purpose, version, key.expose());
        self.keys.versions.push(VersionRecord { purpose, version, wrapped });
        self.keys.versions.sort_by_key(|row| (row.purpose, row.version));
        self.manifest.entries.push(Entry { purpose, version, state: KeyState::Pending, created: now, commitment });
        self.manifest.entries.sort_by_key(|entry| (entry.purpose, entry.version));
        Ok(Ok(version))
    }

    /// Moves a version to its next state. Activating one supersedes the active one; a destroyed one's key is deleted.
    pub(crate) fn advance(&mut self, purpose: Purpose, version: u32, to: KeyState) -> Result<(), StateError> {
        let from = self.entry(purpose, version)?.state;
        if !from.leads_to(to) {
            return Err(StateError::NoStep { from, to });
        }
        if to == KeyState::Active {
            for entry in self.manifest.entries.iter_mut().filter(|entry| entry.purpose == purpose) {
                if entry.state == KeyState::Active {
                    entry.state = KeyState::Superseded;
                }
            }
        }
        if to == KeyState::Destroyed {
            self.keys.versions.retain(|row| (row.purpose, row.version) != (purpose, version));
        }
        self.entry(purpose, version)?.state = to;
        Ok(())
    }

    /// Refuses cells under a lower data-key version. `false`: it is so already.
    pub(crate) fn raise_minimum(&mut self, version: u32) -> Result<bool, StateError> {
        let (active, minimum) = (self.active(Purpose::Data).version, self.manifest.min_open_version);
        match version {
            _ if version > active => Err(StateError::AboveActive { active }),
            _ if version < minimum => Err(StateError::Falls { minimum }),
            _ => {
                self.manifest.min_open_version = version;
                Ok(version > minimum)
            }
        }
    }

    /// The generation that the store holds.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    fn entry(&mut self, purpose: Purpose, version: u32) -> Result<&mut Entry, StateError> {
        let wanted = |entry: &&mut Entry| (entry.purpose, entry.version) == (purpose, version);
        self.manifest.entries.iter_mut().find(wanted).ok_or(StateError::NoVersion)
    }

    /// The record of the next generation.
    pub(crate) fn record(&mut self) -> Option<FirmRecord> {
        self.record_above(self.generation)
    }

    /// The record of the generation after this one.
    pub(crate) fn record_above(&mut self, generation: u64) -> Option<FirmRecord> {
        self.manifest.generation = generation.checked_add(1)?;
        self.keys.manifest = self.manifest.encode(&self.derived);
        let content = RecordContent::Keys(self.keys.clone());
        let (firm, generation) = (self.manifest.firm.clone(), self.manifest.generation);
        Some(FirmRecord { firm, generation, content, standing: None })
    }
}

impl KeyState {
    /// Whether a version may move from this state to `to` in one step (KEY-18).
    pub(crate) fn leads_to(self, to: Self) -> bool {
        matches!(
            (self, to),
            (Self::Pending, Self::Active) | (Self::Superseded, Self::Retired) | (Self::Retired, Self::Destroyed)
        )
    }
}

impl Custody {
    /// The firm's record as the store holds it now, verified, with its master key.
    pub(crate) async fn opened(&self, firm: &FirmId) -> Result<Opened, KeyError> {
        firm.check()?;
        let mut record = self.stored(firm).await?;
        for _ in 0..ATTEMPTS {
            let platform = self.platform_held();
            match self.opened_record(firm, &record).await {
                Ok(opened) => return Ok(opened),
                Err(error) => record = self.vouched_anew(&record, platform, error).await?,
            }
        }
        Err(KeyError::Contended { firm: firm.clone() })
    }

    async fn opened_record(&self, firm: &FirmId, record: &FirmRecord) -> Result<Opened, KeyError> {
        let keys = match &record.content {
            RecordContent::Keys(keys) => keys.clone(),
            RecordContent::Tombstone(stone) => return Err(self.shredded(firm, record.generation, stone).await?),
        };
        self.open_unchecked(firm, record, keys).await
    }

    /// Verifies and opens a record, whatever was seen of the firm.
    pub(crate) async fn open_unchecked(
        &self,
        firm: &FirmId,
        record: &FirmRecord,
        keys: KeysRecord,
    ) -> Result<Opened, KeyError> {
        let master = self.unwrap(firm, &keys).await?;
        // Before the record is verified: should the platform change in between, the commit fails.
        let platform = self.platform_for(firm).await?;
        let Verified { manifest, derived, .. } = self.verified(firm, record, &keys, &master).await?;
        self.note(record, &keys).await?;
        let given = [Purpose::Data, Purpose::Index].map(|purpose| self.floor(firm, purpose));
        Ok(Opened {
            keys,
            manifest,
            master,
            derived,
            platform,
            generation: record.generation,
            note: record.standing.clone(),
            given,
        })
    }

    /// Writes what was edited. `false`: another process changed the record meanwhile, and nothing was written.
    ///
    /// This process's slot holds the new keys when it returns.
    pub(crate) async fn commit(&self, firm: &FirmId, mut opened: Opened) -> Result<bool, KeyError> {
        let expected = opened.generation;
        let record = opened.record().ok_or_else(|| KeyError::Contended { firm: firm.clone() })?;
        self.anchor_is_there(firm).await?;
        if !self.write(opened.platform, Some(expected), &record).await? {
            return Ok(false);
        }
        self.take_over(firm, opened, &record).await?;
        Ok(true)
    }

    pub(super) async fn take_over(&self, firm: &FirmId, opened: Opened, record: &FirmRecord) -> Result<(), KeyError> {
        let verified = match self.verified(firm, record, &opened.keys, &opened.master).await {
            // The platform was changed after the commit, and vouches for this record anew: it is read again when due.
            Err(KeyError::Tampered { what: Tampering::NotEndorsed, .. }) => return Ok(()),
            verified => verified?,
        };
        self.note(record, &opened.keys).await?;
        self.held(firm).renew(verified.keyring());
        Ok(())
    }

    /// Edits the record until the store takes it. `Ok(None)` of `edit`: nothing is to be done, and nothing is written.
    pub(crate) async fn change<T, E: From<KeyError>>(
        &self,
        firm: &FirmId,
        mut edit: impl FnMut(&mut Opened) -> Result<Option<T>, E>,
    ) -> Result<Option<T>, E> {
        for _ in 0..ATTEMPTS {
            let mut opened = self.opened(firm).await?;
            let Some(done) = edit(&mut opened)? else { return Ok(None) };
            if self.commit(firm, opened).await? {
                return Ok(Some(done));
            }
        }
        Err(KeyError::Contended { firm: firm.clone() }.into())
    }
}

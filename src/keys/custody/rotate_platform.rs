//! A new master key of the platform: its word for every firm is given anew in the same transaction (KEY-9).

use super::{ATTEMPTS, Custody};
use crate::context::FirmId;
use crate::keys::change::Opened;
use crate::keys::error::{KeyError, Tampering};
use crate::keys::hierarchy::{Endorsed, MasterKeys};
use crate::keys::manifest::{ClaimedManifest, Tombstone};
use crate::keys::phases::Phases;
use crate::keys::restamp::restamp;
use crate::keys::store::{FirmRecord, KeysRecord, RecordContent, Vouched};
use crate::secret::EndorsementKey;

/// What a change of the platform's master key did.
pub(crate) struct PlatformRotated {
    pub(crate) from: u32,
    pub(crate) to: u32,
    /// Firms that the platform vouches for anew, shredded ones among them.
    pub(crate) vouched: u64,
    /// Firms whose records do not hold up: the platform does not vouch for them, as before.
    pub(crate) left: Vec<FirmId>,
}

impl Custody {
    /// Puts a fresh master key in the place of the platform's, and vouches for every firm under it.
    pub(crate) async fn rotate_platform(&self, dry: bool) -> Result<PlatformRotated, KeyError> {
        let platform = FirmId::Platform;
        for _ in 0..ATTEMPTS {
            let mut opened = self.opened(&platform).await?;
            let before = MasterKeys::new(&platform, opened.manifest.master_version, &opened.master);
            self.succeed(&platform, &mut opened).await?;
            let firms = self.vouch_all(&before.endorsement, &opened.derived.endorsement).await?;
            let left: Vec<FirmId> =
                firms.iter().filter(|firm| firm.was == firm.becomes).map(|firm| firm.firm.clone()).collect();
            let rotated = PlatformRotated {
                from: before.version(),
                to: opened.derived.version(),
                vouched: (firms.len() - left.len()) as u64,
                left,
            };
            let note = renewed(opened.note.as_deref(), &before.endorsement, &opened.derived.endorsement)?;
            if dry || self.commit_platform(opened, note, &firms).await? {
                return Ok(rotated);
            }
        }
        Err(KeyError::Contended { firm: platform })
    }

    async fn commit_platform(
        &self,
        mut opened: Opened,
        note: Option<Vec<u8>>,
        firms: &[Vouched],
    ) -> Result<bool, KeyError> {
        let (platform, expected, noted) = (FirmId::Platform, opened.generation(), opened.note.take());
        let record = opened.record().ok_or_else(|| KeyError::Contended { firm: platform.clone() })?;
        let record = FirmRecord { standing: note, ..record };
        self.anchor_is_there(&platform).await?;
        if !self.store.replace_platform(expected, noted.as_deref(), &record, firms).await? {
            return Ok(false);
        }
        self.take_over(&platform, opened, &record).await?;
        Ok(true)
    }

    /// What the platform says of every other firm, before and after.
    async fn vouch_all(&self, before: &EndorsementKey, after: &EndorsementKey) -> Result<Vec<Vouched>, KeyError> {
        let (mut all, mut last) = (Vec::new(), None);
        loop {
            let page = self.store.firms(last.as_ref(), PAGE).await?;
            let Some(end) = page.last().cloned() else { return Ok(all) };
            let others: Vec<FirmId> = page.into_iter().filter(|firm| *firm != FirmId::Platform).collect();
            let records = self.store.load(&others).await?;
            let found = others.iter().zip(records);
            // A firm that went in between is one that the store misses: the write fails, and all is read again.
            all.extend(found.filter_map(|(firm, record)| Some(vouch(firm, &record?, before, after))));
            last = Some(end);
        }
    }
}

/// The note of phases under the platform's new key. A forgery does not become authentic: somebody has to look at it.
fn renewed(note: Option<&[u8]>, before: &EndorsementKey, after: &EndorsementKey) -> Result<Option<Vec<u8>>, KeyError> {
    let Some(note) = note else { return Ok(None) };
    let phases = Phases::decode(before, note);
    let tampered = || KeyError::Tampered { firm: FirmId::Platform, what: Tampering::Phases };
    Ok(Some(phases.ok_or_else(tampered)?.encode(after)))
}

/// The platform's new word for a firm, if its record holds the old one; else what lies there.
fn vouch(firm: &FirmId, record: &FirmRecord, before: &EndorsementKey, after: &EndorsementKey) -> Vouched {
    let (shredded, was, becomes) = match &record.content {
        RecordContent::Keys(keys) => (false, &keys.master.endorsement, endorse(firm, keys, before, after)),
        RecordContent::Tombstone(stone) => (true, stone, entomb(firm, record.generation, stone, before, after)),
    };
    let becomes = becomes.unwrap_or_else(|| was.clone());
    let renewed = |note: &Vec<u8>| (note.clone(), restamp(record, before, after).unwrap_or_else(|| note.clone()));
    let note = record.standing.as_ref().map(renewed);
    Vouched { firm: firm.clone(), shredded, was: was.clone(), becomes, note }
}

/// The statement is the one that the platform vouched for, whole: nothing of the record is believed but by that.
fn endorse(firm: &FirmId, keys: &KeysRecord, before: &EndorsementKey, after: &EndorsementKey) -> Option<Vec<u8>> {
    let claimed = ClaimedManifest::parse(&keys.manifest).ok()?;
    let statement = Endorsed {
        firm,
        version: keys.master.version,
        provider: &keys.master.provider,
        kek: &keys.master.kek,
        commitment: &claimed.claim().master_commitment,
        predecessor: &claimed.claim().predecessor,
    };
    let held = statement.is_endorsed(before, &keys.master.endorsement);
    held.then(|| statement.endorse(after).to_vec())
}

fn entomb(
    firm: &FirmId,
    generation: u64,
    stone: &[u8],
    before: &EndorsementKey,
    after: &EndorsementKey,
) -> Option<Vec<u8>> {
    let stone = Tombstone::decode(before, stone)?;
    (stone.firm == *firm && stone.generation == generation).then(|| stone.encode(after))
}

/// Firms read at once.
const PAGE: usize = 1000;

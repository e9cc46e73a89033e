//! What this process does about changes that others made (spec/fleet.md, Applying).

use std::collections::HashMap;
use std::sync::Arc;

use super::Custody;
use super::kept::Kept;
use super::phases;
use super::seen::{self, Seen};
use crate::context::FirmId;
use crate::keys::anchor::Head;
use crate::keys::cache::Slots;
use crate::keys::error::{KeyError, Tampering};
use crate::keys::keyring::Keyring;
use crate::keys::live::{Emptied, LiveSlot};
use crate::keys::manifest::Tombstone;
use crate::keys::phases::PhaseBoard;
use crate::keys::standing::{FirmStanding, serial_of};
use crate::keys::store::{FirmRecord, KeyStore, KeysRecord, RecordContent, StoreError};
use crate::keys::verify::verify_under;

/// Takes changes over into the slots that somebody holds. It makes no provider call.
pub(crate) struct Follower {
    store: Arc<dyn KeyStore>,
    slots: Arc<Slots>,
    phases: Arc<PhaseBoard>,
    seen: Arc<Seen>,
}

/// What is left to be done for a firm whose record changed.
enum Followed {
    Done,
    /// Only the provider can open the new record.
    Reload,
}

impl Custody {
    /// Follows changes for this custody's slots. It keeps neither the custody nor any slot.
    pub(crate) fn follower(&self) -> Follower {
        Follower {
            store: self.store.clone(),
            slots: self.cache.slots(),
            phases: self.phases.clone(),
            seen: self.seen.clone(),
        }
    }

    /// Loads a firm's keys anew by the provider; those that its slot holds stay in use until then.
    pub(crate) async fn reload(&self, firm: &FirmId) -> Result<(), KeyError> {
        self.cache.reload(firm).await
    }
}

/// Whether somebody beside the cache, and who asks, holds the slot: others are loaded when they are next used.
fn is_in_use(slot: &Arc<LiveSlot>) -> bool {
    Arc::strong_count(slot) > 2
}

impl Follower {
    /// Reads the records of these firms, as far as somebody holds them, and takes them over. Gives the firms that have
    /// to be loaded by the provider.
    pub(crate) async fn changed(&self, mut firms: Vec<FirmId>) -> Result<Vec<FirmId>, StoreError> {
        // What the slots held before the store is asked: what they get meanwhile is no roll-back.
        let before = self.latest(&firms);
        let mut reload = self.phases_to_be_read(&firms, &before);
        let unheld = firms.iter().filter(|firm| !before.contains_key(firm) && self.seen.kept(firm).is_some());
        let unheld: Vec<FirmId> = unheld.cloned().collect();
        self.note_ends(&unheld).await;
        firms.retain(|firm| before.contains_key(firm));
        // The platform first, whose key the others' records are checked by.
        firms.sort_by_key(|firm| *firm != FirmId::Platform);
        if firms.is_empty() {
            return Ok(reload);
        }
        for (firm, record) in firms.iter().zip(self.records(&firms).await?) {
            let Some(slot) = self.slots.find(firm) else { continue };
            let Ok(record) = record else {
                self.seen.forget(firm);
                slot.revoke(Emptied::Expired);
                continue;
            };
            if matches!(self.follow(&slot, before[firm], record), Followed::Reload) {
                if *firm == FirmId::Platform || is_in_use(&slot) {
                    reload.push(firm.clone());
                } else {
                    slot.revoke(Emptied::Expired);
                }
            }
        }
        Ok(reload)
    }

    /// The records of firms. One that no release wrote is that firm's trouble, and no other's (FLEET-11).
    async fn records(&self, firms: &[FirmId]) -> Result<Vec<Result<Option<FirmRecord>, StoreError>>, StoreError> {
        match self.store.load(firms).await {
            Ok(records) => Ok(records.into_iter().map(Ok).collect()),
            Err(StoreError::Malformed { .. }) => {
                let mut records = Vec::with_capacity(firms.len());
                for firm in firms {
                    records.push(match self.store.load(std::slice::from_ref(firm)).await {
                        Ok(mut record) => Ok(record.pop().flatten()),
                        Err(error @ StoreError::Malformed { .. }) => {
                            tracing::error!(name: "fieldseal.fleet.malformed", %firm, %error, "its keys are dropped");
                            Err(error)
                        }
                        Err(error) => return Err(error),
                    });
                }
                Ok(records)
            }
            Err(error) => Err(error),
        }
    }

    /// The platform, if its note of phases has changed and no slot is there to verify it by: models in transit are refused
    /// until it was loaded.
    fn phases_to_be_read<T>(&self, firms: &[FirmId], held: &HashMap<FirmId, T>) -> Vec<FirmId> {
        let unheard = self.phases.is_watched() && !held.contains_key(&FirmId::Platform);
        if !unheard || !firms.contains(&FirmId::Platform) {
            return Vec::new();
        }
        self.phases.blank();
        vec![FirmId::Platform]
    }

    /// The generation that each firm's slot holds, 0 for an empty one, and the serial seen of its standing.
    fn latest(&self, firms: &[FirmId]) -> HashMap<FirmId, (u64, Option<u64>)> {
        let latest =
            |slot: Arc<LiveSlot>| (slot.held().map_or(0, |ring| ring.generation()), self.seen.serial(slot.firm()));
        firms.iter().filter_map(|firm| Some((firm.clone(), latest(self.slots.find(firm)?)))).collect()
    }

    fn follow(&self, slot: &LiveSlot, (before, serial): (u64, Option<u64>), record: Option<FirmRecord>) -> Followed {
        // Loads in flight may have read the record from before: they are run again.
        slot.outdate();
        let Some(held) = slot.held() else {
            self.note_end(slot.firm(), record.as_ref());
            return self.follow_without_keys(slot);
        };
        self.post_phases(slot, &held, record.as_ref());
        match record {
            Some(record) if record.firm != *slot.firm() => self.refuse(slot, &Tampering::ForeignRecord),
            Some(record) if record.generation < before => {
                self.refuse(slot, &Tampering::RolledBack { found: record.generation, seen: before })
            }
            Some(record) if seen::check_serial(serial, serial_of(&record)).is_err() => {
                let found = serial_of(&record).unwrap_or_default();
                self.refuse(slot, &Tampering::StandingRolledBack { found, seen: serial.unwrap_or_default() })
            }
            Some(record) => match self.is_suspended(&record) {
                Some(true) => self.suspend(slot),
                None => Followed::Reload,
                Some(false) if record.generation <= held.generation() => Followed::Done,
                Some(false) => self.take_over(slot, &held, &record),
            },
            None => self.refuse(slot, &Tampering::Vanished { seen: held.generation() }),
        }
    }

    /// Of firms whose keys are not held. What can't be read is no longer kept: it might be of a firm that was shredded.
    async fn note_ends(&self, firms: &[FirmId]) {
        if firms.is_empty() {
            return;
        }
        match self.records(firms).await {
            Ok(records) => {
                for (firm, record) in firms.iter().zip(records) {
                    self.note_end(firm, record.ok().flatten().as_ref());
                }
            }
            Err(_) => firms.iter().for_each(|firm| self.seen.forget(firm)),
        }
    }

    /// Of a firm whose keys are not held: its keys that are kept must not be put back over a tombstone, should that be deleted.
    fn note_end(&self, firm: &FirmId, record: Option<&FirmRecord>) {
        let Some(FirmRecord { content: RecordContent::Tombstone(stone), generation, .. }) = record else { return };
        let platform = self.slots.find(&FirmId::Platform).and_then(|platform| platform.held());
        let stone = platform.and_then(|platform| Tombstone::decode(platform.endorsement(), stone));
        match stone.filter(|stone| stone.firm == *firm && stone.generation == *generation) {
            Some(stone) => self.seen.bury(firm, stone.generation, Kept::Tombstone { when: stone.when }),
            None => self.seen.forget(firm),
        }
    }

    /// Nothing is to be taken over; only phases are not to be missed.
    fn follow_without_keys(&self, slot: &LiveSlot) -> Followed {
        if *slot.firm() != FirmId::Platform || !self.phases.is_watched() {
            return Followed::Done;
        }
        self.phases.blank();
        Followed::Reload
    }

    /// Under another master key the note is read when that is there.
    fn post_phases(&self, slot: &LiveSlot, held: &Keyring, record: Option<&FirmRecord>) {
        let Some(record) = record.filter(|_| *slot.firm() == FirmId::Platform) else { return };
        match &record.content {
            RecordContent::Keys(keys) if keys.master.version == held.master().version() => {
                drop(phases::post(&self.phases, record, held.endorsement()));
            }
            _ => self.phases.blank(),
        }
    }

    fn take_over(&self, slot: &LiveSlot, held: &Keyring, record: &FirmRecord) -> Followed {
        match &record.content {
            RecordContent::Tombstone(stone) => self.bury(slot, record.generation, stone),
            RecordContent::Keys(keys) if keys.master.version != held.master().version() => Followed::Reload,
            RecordContent::Keys(keys) => match self.verified(slot.firm(), held, record, keys) {
                Some(Ok(ring)) => {
                    slot.renew(ring);
                    Followed::Done
                }
                // The platform's word may have changed with the record: a load reads both.
                Some(Err(Tampering::NotEndorsed)) | None => Followed::Reload,
                Some(Err(what)) => self.refuse(slot, &what),
            },
        }
    }

    /// The record's keyring under the master key that is held. `None`: the platform's key is not.
    fn verified(
        &self,
        firm: &FirmId,
        held: &Keyring,
        record: &FirmRecord,
        keys: &KeysRecord,
    ) -> Option<Result<Keyring, Tampering>> {
        let platform = match firm {
            FirmId::Platform => None,
            _ => Some(self.slots.find(&FirmId::Platform)?.held()?),
        };
        let endorsement = platform.as_ref().map(|platform| platform.endorsement());
        let verified = verify_under(firm, record, keys, held.master().clone(), endorsement);
        let noted = verified.and_then(|verified| {
            self.seen.note(firm, Head::of(record.generation, keys), Kept::of(keys))?;
            Ok(verified.keyring())
        });
        Some(noted)
    }

    /// Whether the record forbids its firm's keys. `None`: the platform's key is not here, or does not vouch for the note.
    fn is_suspended(&self, record: &FirmRecord) -> Option<bool> {
        let live = matches!(record.content, RecordContent::Keys(_)) && record.firm != FirmId::Platform;
        let Some(stored) = record.standing.as_ref().filter(|_| live) else { return Some(false) };
        let platform = self.slots.find(&FirmId::Platform)?.held()?;
        // The platform's key may be about to change: a load reads both, and says what is wrong.
        let standing = FirmStanding::of(record, platform.endorsement()).ok()?;
        let noted = self.seen.note_standing(&record.firm, standing.serial, stored);
        Some(standing.is_suspended() || noted.is_err())
    }

    #[allow(clippy::unused_self, reason = "one of the ends of `follow`")]
    fn suspend(&self, slot: &LiveSlot) -> Followed {
        slot.revoke(Emptied::Suspended);
        Followed::Done
    }

    fn bury(&self, slot: &LiveSlot, generation: u64, stone: &[u8]) -> Followed {
        let platform = self.slots.find(&FirmId::Platform).and_then(|platform| platform.held());
        let Some(platform) = platform.filter(|_| *slot.firm() != FirmId::Platform) else {
            return self.refuse(slot, &Tampering::Tombstone);
        };
        let stone = Tombstone::decode(platform.endorsement(), stone)
            .filter(|stone| stone.firm == *slot.firm() && stone.generation == generation);
        let Some(stone) = stone else { return self.refuse(slot, &Tampering::Tombstone) };
        self.seen.bury(slot.firm(), stone.generation, Kept::Tombstone { when: stone.when });
        slot.revoke(Emptied::Shredded);
        Followed::Done
    }

    /// Takes the keys away: the next session reads the record by itself, and says what is wrong with it.
    #[allow(clippy::unused_self, reason = "one of the ends of `follow`")]
    fn refuse(&self, slot: &LiveSlot, what: &Tampering) -> Followed {
        tracing::error!(
            name: "fieldseal.fleet.refused",
            firm = %slot.firm(),
            %what,
            "a changed record does not hold up; the firm's keys are dropped"
        );
        slot.revoke(Emptied::Expired);
        Followed::Done
    }

    /// Takes a firm's keys away everywhere in this process.
    pub(crate) fn drop_keys(&self, firm: &FirmId, revoked: bool) {
        if *firm == FirmId::Platform {
            self.phases.blank();
        }
        self.slots.empty(firm, if revoked { Emptied::Revoked } else { Emptied::Expired });
    }

    /// Takes every key away, and refuses what loads in flight would bring.
    pub(crate) fn drop_all(&self) {
        self.phases.blank();
        for slot in self.slots.all() {
            // One that was revoked or shredded stays so.
            if slot.is_full() { slot.revoke(Emptied::LeaseEnded) } else { slot.outdate() }
        }
    }

    /// The firms whose keys the end of a lease took away, and somebody still holds sessions of.
    pub(crate) fn lost(&self) -> Vec<FirmId> {
        let slots = self.slots.all();
        slots.iter().filter(|slot| slot.lost_its_lease() && is_in_use(slot)).map(|slot| slot.firm().clone()).collect()
    }
}

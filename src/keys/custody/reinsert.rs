//! A key store that was rolled back gets the records back that this process holds (spec/recovery.md, REC-20).

use super::Custody;
use super::anchored::Use;
use super::kept::{self, Kept};
use crate::context::FirmId;
use crate::keys::error::{KeyError, Tampering};
use crate::keys::hierarchy::Endorsed;
use crate::keys::manifest::{ClaimedManifest, Tombstone};
use crate::keys::store::{FirmRecord, KeysRecord, RecordContent};

impl Custody {
    /// From now on a roll-back that a load finds is undone at once, where this process can.
    pub(crate) fn put_back_when_rolled_back(&self) {
        let _ = self.seen.puts_back.set(());
    }

    /// Firms whose newest record this process can write again.
    pub(crate) fn keeps(&self) -> Vec<FirmId> {
        self.seen.keeps()
    }

    /// Tells of a roll-back, and undoes it where the vault was built so. Whether the store is to be read again.
    pub(super) async fn undo(
        &self,
        firm: &FirmId,
        stored: Option<&FirmRecord>,
        what: &Tampering,
    ) -> Result<bool, KeyError> {
        tracing::error!(
            name: "fieldseal.keys.rolled_back",
            %firm,
            reason = %what,
            "the key store was rolled back: run `admin().reinsert()` in a process that holds the newer record"
        );
        if self.seen.puts_back.get().is_none() {
            return Ok(false);
        }
        let Some(record) = self.newer(firm, stored).await? else { return Ok(false) };
        // Boxed: it loads the platform, by the same function.
        Box::pin(self.put_back(stored, &record)).await?;
        Ok(true)
    }

    /// The kept record, to be written in the place of `stored`. `None`: there is none, or a key would be lost by it.
    pub(crate) async fn newer(
        &self,
        firm: &FirmId,
        stored: Option<&FirmRecord>,
    ) -> Result<Option<FirmRecord>, KeyError> {
        let Some((generation, kept)) = self.seen.kept(firm) else { return Ok(None) };
        if stored.is_some_and(|stored| stored.generation >= generation) {
            return Ok(None);
        }
        // Whoever shredded the firm since meant it, and no key that is left can undo it.
        let stored = match stored.map(|record| &record.content) {
            Some(RecordContent::Tombstone(_)) => return Ok(None),
            Some(RecordContent::Keys(keys)) => Some(keys),
            None => None,
        };
        match kept {
            Kept::Keys(kept) => self.newer_keys(firm, stored, &kept).await,
            Kept::Tombstone { when } => {
                let platform = self.slot(&FirmId::Platform).await?;
                let stone = Tombstone { firm: firm.clone(), generation, when };
                let content = RecordContent::Tombstone(stone.encode(platform.ring()?.endorsement()));
                Ok(Some(FirmRecord { firm: firm.clone(), generation, content, standing: None }))
            }
        }
    }

    async fn newer_keys(
        &self,
        firm: &FirmId,
        stored: Option<&KeysRecord>,
        kept: &[u8],
    ) -> Result<Option<FirmRecord>, KeyError> {
        let Some(mut record) = kept::record(firm, kept) else { return Ok(None) };
        let RecordContent::Keys(keys) = &mut record.content else { return Ok(None) };
        if stored.is_some_and(|stored| !may_replace(firm, stored, keys)) {
            return Ok(None);
        }
        // The platform may have other keys by now.
        if *firm != FirmId::Platform {
            let platform = self.slot(&FirmId::Platform).await?;
            let Some(statement) = vouched(firm, keys, platform.ring()?.endorsement()) else { return Ok(None) };
            keys.master.endorsement = statement;
        }
        Ok(Some(record))
    }

    /// Writes the kept record. Another process may have been faster, which is as good.
    pub(crate) async fn put_back(&self, stored: Option<&FirmRecord>, record: &FirmRecord) -> Result<bool, KeyError> {
        let Some(platform) = self.vouching(record).await? else { return Ok(false) };
        self.anchor_is_there(&record.firm).await?;
        let done = self.write(platform, stored.map(|stored| stored.generation), record).await?;
        if done {
            let (firm, generation) = (&record.firm, record.generation);
            tracing::warn!(name: "fieldseal.keys.reinserted", %firm, generation, "newer record put back into the key store");
        }
        Ok(done)
    }

    /// The generation of the platform whose word a record holds: for a write that has to rest on it (KEY-53). `None`: the
    /// platform was changed since, and would not vouch for it any more. `Some(None)`: the platform's own record.
    #[allow(clippy::option_option, reason = "the inner one is what `write` takes")]
    pub(crate) async fn vouching(&self, record: &FirmRecord) -> Result<Option<Option<u64>>, KeyError> {
        if record.firm == FirmId::Platform {
            return Ok(Some(None));
        }
        let platform = self.slot(&FirmId::Platform).await?;
        let ring = platform.ring()?;
        let holds = match &record.content {
            RecordContent::Tombstone(stone) => Tombstone::decode(ring.endorsement(), stone).is_some(),
            RecordContent::Keys(keys) => {
                vouched(&record.firm, keys, ring.endorsement()).as_ref() == Some(&keys.master.endorsement)
            }
        };
        Ok(holds.then(|| Some(ring.generation())))
    }

    /// The generation that this process or the anchor has seen, if it is above `generation`.
    pub(crate) async fn seen_beyond(&self, firm: &FirmId, generation: u64) -> Result<Option<u64>, KeyError> {
        self.ask_anchor(std::slice::from_ref(firm), Use::Load).await?;
        Ok(self.seen.generation(firm).filter(|seen| *seen > generation))
    }

    /// The record as it is stored, whatever was seen before.
    pub(crate) async fn unchecked(&self, firm: &FirmId) -> Result<Option<FirmRecord>, KeyError> {
        let record = self.store().load(std::slice::from_ref(firm)).await?.pop().flatten();
        match record {
            Some(record) if record.firm != *firm => {
                Err(KeyError::Tampered { firm: firm.clone(), what: Tampering::ForeignRecord })
            }
            record => Ok(record),
        }
    }
}

/// What a stored manifest claims is enough: who forges one can only keep the newer record out.
fn may_replace(firm: &FirmId, stored: &KeysRecord, kept: &KeysRecord) -> bool {
    let (Ok(stored), Ok(kept)) = (ClaimedManifest::parse(&stored.manifest), ClaimedManifest::parse(&kept.manifest))
    else {
        return false;
    };
    // Every other record in the store rests on the word of the platform's key that is there.
    let platform_stays = *firm != FirmId::Platform || stored.claim().master_version == kept.claim().master_version;
    platform_stays && kept::loses_no_key(stored.claim(), kept.claim())
}

/// The platform's word for a record whose manifest holds. `None` when it can't be parsed.
pub(crate) fn vouched(firm: &FirmId, keys: &KeysRecord, platform: &crate::secret::EndorsementKey) -> Option<Vec<u8>> {
    let claimed = ClaimedManifest::parse(&keys.manifest).ok()?;
    let claim = claimed.claim();
    let statement = Endorsed {
        firm,
        version: claim.master_version,
        provider: &claim.provider,
        kek: &claim.kek,
        commitment: &claim.master_commitment,
        predecessor: &claim.predecessor,
    };
    Some(statement.endorse(platform).to_vec())
}

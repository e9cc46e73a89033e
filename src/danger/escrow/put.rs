//! Records of an export, written under the vault's KEK (spec/recovery.md, REC-36 and REC-37).

use super::error::RecoverError;
use super::recover::Keys;
use crate::admin::{KeyAdmin, Step};
use crate::keys::change::Opened;
use crate::keys::custody::reinsert::vouched;
use crate::keys::custody::route::Wrapping;
use crate::keys::manifest::ClaimedManifest;
use crate::keys::{FirmRecord, KeyError, MasterKeyRecord, RecordContent};
use crate::secret::EndorsementKey;

/// Writes a firm under the vault's KEK. `false`: an earlier run has.
pub(super) async fn put_keys(admin: &KeyAdmin, keys: Keys, platform: &EndorsementKey) -> Result<bool, RecoverError> {
    let Keys { record: mut keys, mut manifest, derived, master, standing } = keys;
    let (firm, version, exported) = (manifest.firm.clone(), manifest.master_version, manifest.generation);
    if let Some(stored) = admin.custody.unchecked(&firm).await? {
        let same = is_recovered(&stored, &manifest.master_commitment, exported);
        return if same { Ok(false) } else { Err(RecoverError::StoreInUse { firm }) };
    }
    if admin.is_dry() {
        admin.tell(Some(&firm), Step::Recover { generation: exported.saturating_add(1) });
        return Ok(true);
    }
    let providers = admin.custody.routes().of(&firm)?;
    let Wrapping { provider, wrapped } = admin.custody.wrap(&firm, &providers, version, &master).await?;
    (manifest.provider, manifest.kek) = (provider.clone(), wrapped.kek.clone());
    keys.master = MasterKeyRecord { version, provider, kek: wrapped.kek, wrapped: wrapped.bytes, endorsement: vec![] };
    let seen = admin.custody.seen_beyond(&firm, exported).await?.unwrap_or(exported);
    let mut opened = Opened::of(keys, manifest, master, derived);
    let record = opened.record_above(seen).and_then(|record| endorsed(record, platform));
    let record = record.ok_or_else(|| KeyError::Contended { firm: firm.clone() })?;
    put(admin, &FirmRecord { standing, ..record }).await
}

fn endorsed(mut record: FirmRecord, platform: &EndorsementKey) -> Option<FirmRecord> {
    let RecordContent::Keys(keys) = &mut record.content else { return None };
    keys.master.endorsement = vouched(&record.firm, keys, platform)?;
    Some(record)
}

/// The platform keeps its key, so that its word for tombstones stands.
pub(super) async fn put_tombstone(admin: &KeyAdmin, stone: &FirmRecord) -> Result<bool, RecoverError> {
    match admin.custody.unchecked(&stone.firm).await? {
        Some(stored) if stored == *stone => Ok(false),
        Some(stored) => Err(RecoverError::StoreInUse { firm: stored.firm }),
        None if admin.is_dry() => Ok(true),
        None => put(admin, stone).await,
    }
}

async fn put(admin: &KeyAdmin, record: &FirmRecord) -> Result<bool, RecoverError> {
    let firm = record.firm.clone();
    let Some(platform) = admin.custody.vouching(record).await? else { return Err(KeyError::Contended { firm }.into()) };
    admin.custody.anchor_is_there(&firm).await?;
    if !admin.custody.write(platform, None, record).await? {
        return Err(RecoverError::StoreInUse { firm });
    }
    admin.custody.revoke(&firm);
    admin.tell(Some(&firm), Step::Recover { generation: record.generation });
    tracing::warn!(name: "fieldseal.danger.recovered", %firm, generation = record.generation, "firm recovered from escrow");
    Ok(true)
}

/// Whether the store holds what an earlier run wrote, or what became of it.
fn is_recovered(stored: &FirmRecord, commitment: &[u8; 32], exported: u64) -> bool {
    let RecordContent::Keys(keys) = &stored.content else { return false };
    let claimed = ClaimedManifest::parse(&keys.manifest);
    stored.generation > exported && claimed.is_ok_and(|manifest| manifest.claim().master_commitment == *commitment)
}

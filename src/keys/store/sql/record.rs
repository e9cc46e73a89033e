//! Rows to records and back. The rows are not trusted, so every number and every NULL is checked.

use super::database::{Bind, FirmRow, KeyRow};
use crate::context::FirmId;
use crate::keys::provider::KekId;
use crate::keys::store::{FirmRecord, KeysRecord, MasterKeyRecord, Purpose, RecordContent, StoreError, VersionRecord};

/// The columns of `firms` behind `firm` that a record is, in the order of [`binds`]. The note beside it is set apart.
pub(super) const COLUMNS: [&str; 8] =
    ["generation", "tombstone", "master_version", "provider", "kek", "wrapped", "endorsement", "manifest"];

/// A row that no release wrote, by what is wrong with it.
pub(super) type Malformed = &'static str;

/// A firm's record out of its rows.
pub(super) fn record(row: FirmRow, keys: Vec<KeyRow>) -> Result<FirmRecord, Malformed> {
    let firm = row.firm.parse().map_err(|_| "a firm's id")?;
    let generation = row.generation.try_into().map_err(|_| "a generation")?;
    let standing = row.standing.clone();
    Ok(FirmRecord { firm, generation, content: content(row, keys)?, standing })
}

fn content(row: FirmRow, keys: Vec<KeyRow>) -> Result<RecordContent, Malformed> {
    let FirmRow { tombstone, master_version, provider, kek, wrapped, endorsement, manifest, .. } = row;
    match (tombstone, master_version, provider, kek, wrapped, endorsement, manifest) {
        (Some(tombstone), None, None, None, None, None, None) if keys.is_empty() => {
            Ok(RecordContent::Tombstone(tombstone))
        }
        (None, Some(version), Some(provider), Some(kek), Some(wrapped), Some(endorsement), Some(manifest)) => {
            let version = version.try_into().map_err(|_| "a master key's version")?;
            let master = MasterKeyRecord { version, provider, kek: KekId::new(kek), wrapped, endorsement };
            Ok(RecordContent::Keys(KeysRecord { master, manifest, versions: versions(keys)? }))
        }
        _ => Err("a firm that is neither live nor shredded"),
    }
}

fn versions(keys: Vec<KeyRow>) -> Result<Vec<VersionRecord>, Malformed> {
    let mut versions = keys.into_iter().map(version).collect::<Result<Vec<_>, _>>()?;
    versions.sort_by_key(|key| (key.purpose, key.version));
    Ok(versions)
}

fn version(key: KeyRow) -> Result<VersionRecord, Malformed> {
    let purpose = [Purpose::Data, Purpose::Index]
        .into_iter()
        .find(|purpose| purpose.as_str() == key.purpose)
        .ok_or("a key's purpose")?;
    let version = key.version.try_into().map_err(|_| "a key's version")?;
    Ok(VersionRecord { purpose, version, wrapped: key.wrapped })
}

/// The values of [`COLUMNS`].
pub(super) fn binds(record: &FirmRecord) -> Result<Vec<Bind>, StoreError> {
    let keys = match &record.content {
        RecordContent::Keys(keys) => Some(keys),
        RecordContent::Tombstone(_) => None,
    };
    let tombstone = match &record.content {
        RecordContent::Keys(_) => None,
        RecordContent::Tombstone(tombstone) => Some(tombstone.clone()),
    };
    let master = keys.map(|keys| &keys.master);
    Ok(vec![
        Bind::Number(Some(number(record.generation)?)),
        Bind::Bytes(tombstone),
        Bind::Number(master.map(|master| master.version.into())),
        Bind::Text(master.map(|master| master.provider.clone())),
        Bind::Text(master.map(|master| master.kek.as_str().to_owned())),
        Bind::Bytes(master.map(|master| master.wrapped.clone())),
        Bind::Bytes(master.map(|master| master.endorsement.clone())),
        Bind::Bytes(keys.map(|keys| keys.manifest.clone())),
    ])
}

/// A generation as the database holds it.
pub(super) fn number(generation: u64) -> Result<i64, StoreError> {
    generation.try_into().map_err(|_| malformed("a generation above 2^63 - 1"))
}

/// The firm's name as the database holds it, unless the store could not give it back.
pub(super) fn name(firm: &FirmId) -> Result<String, StoreError> {
    firm.check().map_err(|_| malformed("a firm's id"))?;
    Ok(firm.canonical())
}

pub(super) fn malformed(what: &str) -> StoreError {
    StoreError::Malformed { what: what.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live() -> FirmRow {
        FirmRow {
            firm: "int:1".into(),
            generation: 1,
            tombstone: None,
            master_version: Some(1),
            provider: Some("local".into()),
            kek: Some("k".into()),
            wrapped: Some(vec![1]),
            endorsement: Some(vec![2]),
            manifest: Some(vec![3]),
            standing: None,
        }
    }

    fn key(purpose: &str, version: i64) -> KeyRow {
        KeyRow { firm: "int:1".into(), purpose: purpose.into(), version, wrapped: vec![4] }
    }

    #[test]
    fn keys_are_sorted() {
        let rows = vec![key("index", 1), key("data", 10), key("data", 2)];
        let RecordContent::Keys(keys) = record(live(), rows).unwrap().content else { panic!() };
        let order: Vec<_> = keys.versions.iter().map(|key| (key.purpose, key.version)).collect();
        assert_eq!(order, [(Purpose::Data, 2), (Purpose::Data, 10), (Purpose::Index, 1)]);
    }

    #[test]
    fn rows_that_no_release_wrote_are_refused() {
        let rows = [
            FirmRow { firm: "int:01".into(), ..live() },
            FirmRow { generation: -1, ..live() },
            FirmRow { master_version: Some(-1), ..live() },
            FirmRow { master_version: Some(1 << 32), ..live() },
            FirmRow { manifest: None, ..live() },
            FirmRow { tombstone: Some(vec![1]), ..live() },
        ];
        for (n, row) in rows.into_iter().enumerate() {
            assert!(record(row, Vec::new()).is_err(), "row {n}");
        }
        for bad in [key("audit", 1), key("data", -1), key("data", 1 << 32)] {
            assert!(record(live(), vec![bad]).is_err());
        }
    }

    #[test]
    fn a_tombstone_has_no_keys() {
        let tombstone = FirmRow {
            tombstone: Some(vec![9]),
            master_version: None,
            provider: None,
            kek: None,
            wrapped: None,
            endorsement: None,
            manifest: None,
            ..live()
        };
        let read = record(tombstone.clone(), Vec::new()).unwrap();
        assert_eq!(read.content, RecordContent::Tombstone(vec![9]));
        assert!(record(tombstone, vec![key("data", 1)]).is_err());
    }

    #[test]
    fn a_generation_that_no_database_holds_is_refused() {
        assert_eq!(number(i64::MAX as u64).unwrap(), i64::MAX);
        assert!(number(i64::MAX as u64 + 1).is_err());
    }
}

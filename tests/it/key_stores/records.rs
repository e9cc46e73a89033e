//! Records for the tests. A store does not look inside, so the bytes mean nothing.

use fieldseal::FirmId;
use fieldseal::keys::KekId;
use fieldseal::keys::store::{FirmRecord, KeysRecord, MasterKeyRecord, Purpose, RecordContent, VersionRecord};
use uuid::Uuid;

/// A firm of every kind, and texts that a language's collation sorts otherwise than their bytes.
pub(super) fn firms() -> Vec<FirmId> {
    let texts = ["a", "B", "Ä", "a b", "a-b", "'; DROP TABLE firms", "日本", "$1"];
    let mut firms =
        vec![FirmId::Platform, FirmId::from(-5i64), FirmId::from(i64::MAX), FirmId::from(Uuid::from_u128(7))];
    firms.extend(texts.map(FirmId::from));
    firms
}

/// A live firm with two data keys and one index key.
pub(super) fn live(firm: &FirmId, generation: u64, fill: u8) -> FirmRecord {
    live_with(firm, generation, fill, 2)
}

/// A live firm with `count` data keys and one index key.
pub(super) fn live_with(firm: &FirmId, generation: u64, fill: u8, count: u32) -> FirmRecord {
    let key = |purpose, version| VersionRecord { purpose, version, wrapped: vec![fill; 48] };
    let mut versions: Vec<_> = (1..=count).map(|version| key(Purpose::Data, version)).collect();
    versions.push(key(Purpose::Index, u32::MAX));
    let master = MasterKeyRecord {
        version: u32::MAX,
        provider: "local".into(),
        kek: KekId::new("local:00"),
        wrapped: vec![fill, 0, 0xFF],
        endorsement: vec![fill; 32],
    };
    let keys = KeysRecord { master, manifest: vec![0, fill, 0xFE], versions };
    FirmRecord { firm: firm.clone(), generation, content: RecordContent::Keys(keys), standing: None }
}

pub(super) fn shredded(firm: &FirmId, generation: u64) -> FirmRecord {
    FirmRecord { firm: firm.clone(), generation, content: RecordContent::Tombstone(vec![1, 2, 3]), standing: None }
}

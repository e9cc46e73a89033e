//! A firm's record as backups hold it (spec/recovery.md, REC-6).

use zeroize::Zeroizing;

use super::frame::Kind;
use crate::context::join;
use crate::keys::manifest::Fields;
use crate::keys::{FirmRecord, KekId, KeysRecord, MasterKeyRecord, Purpose, RecordContent, VersionRecord};

/// The frame of a record. Every field is named here, so that one that is added to records can't be left out.
pub(crate) fn encode(record: &FirmRecord) -> (Kind, Zeroizing<Vec<u8>>) {
    let FirmRecord { firm, generation, content, standing } = record;
    let note = standing.as_deref().unwrap_or_default();
    let (firm, generation) = (firm.canonical(), generation.to_be_bytes());
    match content {
        RecordContent::Tombstone(stone) => (Kind::Tombstone, joined(&[firm.as_bytes(), &generation, stone, note])),
        RecordContent::Keys(KeysRecord { master, manifest, versions }) => {
            let MasterKeyRecord { version, provider, kek, wrapped, endorsement } = master;
            let rows: Vec<Vec<u8>> = versions.iter().map(row).collect();
            let rows = join(&rows.iter().map(Vec::as_slice).collect::<Vec<_>>());
            let fields: [&[u8]; 10] = [
                firm.as_bytes(),
                &generation,
                &version.to_be_bytes(),
                provider.as_bytes(),
                kek.as_str().as_bytes(),
                wrapped,
                endorsement,
                manifest,
                &rows,
                note,
            ];
            (Kind::Keys, joined(&fields))
        }
    }
}

/// The record of a frame; `None` when it is malformed.
pub(crate) fn decode(kind: Kind, content: &[u8]) -> Option<FirmRecord> {
    match kind {
        Kind::Keys => keys(content),
        Kind::Tombstone => {
            let mut fields = Fields::of(content, 4)?;
            let firm = fields.text()?.parse().ok()?;
            let generation = generation(&mut fields)?;
            let content = RecordContent::Tombstone(fields.next()?.to_vec());
            let standing = note(&mut fields)?;
            fields.is_empty().then_some(FirmRecord { firm, generation, content, standing })
        }
        Kind::Header | Kind::End => None,
    }
}

fn keys(content: &[u8]) -> Option<FirmRecord> {
    let mut fields = Fields::of(content, 10)?;
    let firm = fields.text()?.parse().ok()?;
    let generation = generation(&mut fields)?;
    let master = MasterKeyRecord {
        version: u32::from_be_bytes(fields.array()?),
        provider: fields.text()?.to_owned(),
        kek: KekId::new(fields.text()?),
        wrapped: fields.next()?.to_vec(),
        endorsement: fields.next()?.to_vec(),
    };
    let manifest = fields.next()?.to_vec();
    let versions = Fields::all(fields.next()?)?.into_iter().map(version).collect::<Option<_>>()?;
    let content = RecordContent::Keys(KeysRecord { master, manifest, versions });
    let standing = note(&mut fields)?;
    fields.is_empty().then_some(FirmRecord { firm, generation, content, standing })
}

/// The note beside the record: a live firm's standing, a shredded firm's certificate.
fn note(fields: &mut Fields<'_>) -> Option<Option<Vec<u8>>> {
    fields.next().map(|note| (!note.is_empty()).then(|| note.to_vec()))
}

/// Stores hold it as an `i64`.
fn generation(fields: &mut Fields<'_>) -> Option<u64> {
    let generation = u64::from_be_bytes(fields.array()?);
    (i64::try_from(generation).is_ok() && generation > 0).then_some(generation)
}

fn row(VersionRecord { purpose, version, wrapped }: &VersionRecord) -> Vec<u8> {
    [&[purpose_byte(*purpose)], version.to_be_bytes().as_slice(), wrapped].concat()
}

fn version(bytes: &[u8]) -> Option<VersionRecord> {
    let (&purpose, rest) = bytes.split_first()?;
    let (version, wrapped) = rest.split_first_chunk::<4>()?;
    Some(VersionRecord {
        purpose: [Purpose::Data, Purpose::Index].into_iter().find(|known| purpose_byte(*known) == purpose)?,
        version: u32::from_be_bytes(*version),
        wrapped: wrapped.to_vec(),
    })
}

fn purpose_byte(purpose: Purpose) -> u8 {
    match purpose {
        Purpose::Data => 0x01,
        Purpose::Index => 0x02,
    }
}

fn joined(fields: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(join(fields))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::FirmId;

    fn live() -> FirmRecord {
        let version = |purpose, version| VersionRecord { purpose, version, wrapped: vec![version as u8; 48] };
        let master = MasterKeyRecord {
            version: 3,
            provider: "local".into(),
            kek: KekId::new("local:00"),
            wrapped: vec![1; 73],
            endorsement: vec![2; 32],
        };
        let versions = vec![version(Purpose::Data, 1), version(Purpose::Data, 9), version(Purpose::Index, 1)];
        let content = RecordContent::Keys(KeysRecord { master, manifest: vec![3; 200], versions });
        FirmRecord { firm: FirmId::from("a"), generation: 7, content, standing: None }
    }

    #[test]
    fn records_come_back_as_they_were() {
        let buried = FirmRecord { content: RecordContent::Tombstone(vec![4; 90]), ..live() };
        let noted = FirmRecord { standing: Some(vec![5; 80]), ..live() };
        let certified = FirmRecord { standing: Some(b"{}".to_vec()), ..buried.clone() };
        for record in [live(), buried, noted, certified] {
            let (kind, content) = encode(&record);
            assert_eq!(decode(kind, &content), Some(record));
        }
    }

    #[test]
    fn what_is_cut_or_lengthened_is_no_record() {
        let (kind, content) = encode(&live());
        for len in 0..content.len() {
            assert_eq!(decode(kind, &content[..len]), None, "{len} bytes");
        }
        let longer = [content.as_slice(), &[0]].concat();
        assert_eq!(decode(kind, &longer), None);
        assert_eq!(decode(Kind::Tombstone, &content), None);
    }
}

//! The platform's note about a firm under another platform key (KEY-9, KEY-64): for a change of the platform's master key.

use super::certificate::Certified;
use super::standing::FirmStanding;
use super::store::{FirmRecord, RecordContent};
use crate::secret::EndorsementKey;

/// The firm's standing or certificate under `new`. `None`: there is none, or it is not authentic under `old` and may not
/// become so.
pub(crate) fn restamp(record: &FirmRecord, old: &EndorsementKey, new: &EndorsementKey) -> Option<Vec<u8>> {
    let stored = record.standing.as_ref()?;
    match &record.content {
        RecordContent::Tombstone(_) => {
            let own = |certificate: &Certified| {
                certificate.is_authentic(old) && certificate.is_of(&record.firm, record.generation)
            };
            let certificate = Certified::from_json(stored).filter(own)?;
            Some(Certified::new(certificate.body, new).to_json().into_bytes())
        }
        RecordContent::Keys(_) => {
            Some(FirmStanding::decode(old, stored).filter(|standing| standing.firm == record.firm)?.encode(new))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::FirmId;
    use crate::keys::fixtures::Draft;
    use crate::keys::manifest::Tombstone;

    fn key(byte: u8) -> EndorsementKey {
        EndorsementKey::init(|out| out.fill(byte))
    }

    fn live() -> FirmRecord {
        let mut record = Draft::default().record(&key(1));
        let standing = FirmStanding { serial: 4, ..FirmStanding::new(&record.firm) };
        record.standing = Some(standing.encode(&key(1)));
        record
    }

    fn shredded() -> FirmRecord {
        let stone = Tombstone { firm: FirmId::from("a"), generation: 2, when: 1 };
        FirmRecord {
            firm: FirmId::from("a"),
            generation: 2,
            content: RecordContent::Tombstone(stone.encode(&key(1))),
            standing: Some(
                Certified::new(r#"{"firm":"text:a","generation":2}"#.into(), &key(1)).to_json().into_bytes(),
            ),
        }
    }

    #[test]
    fn what_was_authentic_is_so_under_the_new_key_only() {
        let standing = restamp(&live(), &key(1), &key(2)).unwrap();
        assert_eq!(FirmStanding::decode(&key(2), &standing).unwrap().serial, 4);
        assert_eq!(FirmStanding::decode(&key(1), &standing), None);

        let certificate = Certified::from_json(&restamp(&shredded(), &key(1), &key(2)).unwrap()).unwrap();
        assert!(certificate.is_authentic(&key(2)) && !certificate.is_authentic(&key(1)));
    }

    #[test]
    fn a_forgery_does_not_become_authentic() {
        for record in [live(), shredded()] {
            assert_eq!(restamp(&record, &key(3), &key(2)), None);
        }
        for record in [live(), shredded()] {
            let foreign = FirmRecord { firm: FirmId::from("b"), ..record };
            assert_eq!(restamp(&foreign, &key(1), &key(2)), None);
        }
    }
}

//! The platform's notes about a firm under another platform key (KEY-9, KEY-64): for a change of the platform's master key.

use super::certificate::Certified;
use super::manifest::Tombstone;
use super::standing::FirmStanding;
use super::store::{FirmRecord, RecordContent};
use crate::secret::EndorsementKey;

/// What a firm's row holds under the platform's new key; its endorsement is not among them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(dead_code, reason = "a change of the platform's master key writes them")]
pub(crate) struct Restamped {
    /// `None`: the firm is live.
    pub(crate) tombstone: Option<Vec<u8>>,
    /// The standing or the certificate; `None`: there is none.
    pub(crate) standing: Option<Vec<u8>>,
}

/// Writes tombstone, standing and certificate anew. `None`: one of them is not authentic under `old`, and may not become so.
#[allow(dead_code, reason = "a change of the platform's master key writes them")]
pub(crate) fn restamp(record: &FirmRecord, old: &EndorsementKey, new: &EndorsementKey) -> Option<Restamped> {
    let tombstone = match &record.content {
        RecordContent::Keys(_) => None,
        RecordContent::Tombstone(stone) => Some(
            Tombstone::decode(old, stone)
                .filter(|stone| stone.firm == record.firm && stone.generation == record.generation)?
                .encode(new),
        ),
    };
    let standing = match &record.standing {
        None => None,
        Some(stored) if tombstone.is_some() => {
            let certificate = Certified::from_json(stored).filter(|certificate| certificate.is_authentic(old))?;
            Some(Certified::new(certificate.body, new).to_json().into_bytes())
        }
        Some(stored) => {
            Some(FirmStanding::decode(old, stored).filter(|standing| standing.firm == record.firm)?.encode(new))
        }
    };
    Some(Restamped { tombstone, standing })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::FirmId;
    use crate::keys::fixtures::Draft;

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
            standing: Some(Certified::new("{}".into(), &key(1)).to_json().into_bytes()),
        }
    }

    #[test]
    fn what_was_authentic_is_so_under_the_new_key_only() {
        let restamped = restamp(&live(), &key(1), &key(2)).unwrap();
        let standing = restamped.standing.unwrap();
        assert_eq!(restamped.tombstone, None);
        assert_eq!(FirmStanding::decode(&key(2), &standing).unwrap().serial, 4);
        assert_eq!(FirmStanding::decode(&key(1), &standing), None);

        let restamped = restamp(&shredded(), &key(1), &key(2)).unwrap();
        assert_eq!(Tombstone::decode(&key(2), &restamped.tombstone.unwrap()).unwrap().generation, 2);
        let certificate = Certified::from_json(&restamped.standing.unwrap()).unwrap();
        assert!(certificate.is_authentic(&key(2)) && !certificate.is_authentic(&key(1)));
    }

    #[test]
    fn a_forgery_does_not_become_authentic() {
        for record in [live(), shredded()] {
            assert_eq!(restamp(&record, &key(3), &key(2)), None);
        }
        let foreign = FirmRecord { firm: FirmId::from("b"), ..shredded() };
        assert_eq!(restamp(&foreign, &key(1), &key(2)), None);
    }
}

//! The bytes of a standing (KEY-46, KEY-47).

use super::{FirmStanding, Hold, PendingShred, Suspension};
use crate::context::{join, label};
use crate::keys::hierarchy::{mac, mac_matches};
use crate::keys::manifest::Fields;
use crate::secret::EndorsementKey;

const FORMAT: u8 = 0x01;
const MAC_LEN: usize = 32;
const FIELDS: u32 = 5;

impl FirmStanding {
    /// The stored form, authenticated by the platform: it can be written while the firm's own KEK is out of reach.
    pub(crate) fn encode(&self, platform: &EndorsementKey) -> Vec<u8> {
        let holds: Vec<Vec<u8>> = self.holds.iter().map(hold).collect();
        let fields = join(&[
            self.firm.canonical().as_bytes(),
            &self.serial.to_be_bytes(),
            &self.suspended.as_ref().map(suspension).unwrap_or_default(),
            &self.pending.as_ref().map(pending).unwrap_or_default(),
            &join(&holds.iter().map(Vec::as_slice).collect::<Vec<_>>()),
        ]);
        let mut body = [&[FORMAT], fields.as_slice()].concat();
        let tag = mac(platform.expose(), &join(&[label::STANDING, &body]));
        body.extend_from_slice(&tag);
        body
    }

    /// `None` unless authentic and well-formed.
    pub(crate) fn decode(platform: &EndorsementKey, stored: &[u8]) -> Option<Self> {
        let (body, tag) = stored.split_at_checked(stored.len().checked_sub(MAC_LEN)?)?;
        if !mac_matches(platform.expose(), &join(&[label::STANDING, body]), tag) {
            return None;
        }
        let mut fields = Fields::of(body.strip_prefix(&[FORMAT])?, FIELDS)?;
        let standing = Self {
            firm: fields.text()?.parse().ok()?,
            serial: u64::from_be_bytes(fields.array()?),
            suspended: optional(fields.next()?, read_suspension)?,
            pending: optional(fields.next()?, read_pending)?,
            holds: read_holds(fields.next()?)?,
        };
        (fields.is_empty() && standing.serial > 0).then_some(standing)
    }
}

/// The serial that a note claims, authentic or not; the highest where it claims none, so that it is looked at.
pub(crate) fn claimed_serial(stored: &[u8]) -> u64 {
    // The platform's note, of phases, begins alike and has another number of fields.
    let claimed = stored.strip_prefix(&[FORMAT]).and_then(Fields::counted).and_then(|(_, mut fields)| {
        fields.next()?;
        fields.array()
    });
    claimed.map_or(u64::MAX, u64::from_be_bytes)
}

fn suspension(suspension: &Suspension) -> Vec<u8> {
    join(&[&suspension.when.to_be_bytes(), suspension.reason.as_bytes()])
}

fn pending(pending: &PendingShred) -> Vec<u8> {
    join(&[
        &pending.requested.to_be_bytes(),
        &pending.due.to_be_bytes(),
        &[u8::from(pending.suspends)],
        pending.by.as_bytes(),
        pending.reason.as_bytes(),
    ])
}

fn hold(hold: &Hold) -> Vec<u8> {
    join(&[hold.id.as_bytes(), hold.reason.as_bytes(), hold.by.as_bytes(), &hold.when.to_be_bytes()])
}

/// An empty field stands for none.
fn optional<T>(bytes: &[u8], read: fn(&[u8]) -> Option<T>) -> Option<Option<T>> {
    if bytes.is_empty() { Some(None) } else { read(bytes).map(Some) }
}

fn read_suspension(bytes: &[u8]) -> Option<Suspension> {
    let mut fields = Fields::of(bytes, 2)?;
    let when = u64::from_be_bytes(fields.array()?);
    let suspension = Suspension { when, reason: fields.text()?.to_owned() };
    fields.is_empty().then_some(suspension)
}

fn read_pending(bytes: &[u8]) -> Option<PendingShred> {
    let mut fields = Fields::of(bytes, 5)?;
    let (requested, due) = (u64::from_be_bytes(fields.array()?), u64::from_be_bytes(fields.array()?));
    let suspends = match fields.array()? {
        [0] => false,
        [1] => true,
        _ => return None,
    };
    let (by, reason) = (fields.text()?.to_owned(), fields.text()?.to_owned());
    fields.is_empty().then_some(PendingShred { by, reason, requested, due, suspends })
}

fn read_holds(bytes: &[u8]) -> Option<Vec<Hold>> {
    let (count, mut fields) = Fields::counted(bytes)?;
    let mut holds: Vec<Hold> = Vec::new();
    for _ in 0..count {
        let hold = read_hold(fields.next()?)?;
        if holds.last().is_some_and(|last| last.id >= hold.id) {
            return None;
        }
        holds.push(hold);
    }
    fields.is_empty().then_some(holds)
}

fn read_hold(bytes: &[u8]) -> Option<Hold> {
    let mut fields = Fields::of(bytes, 4)?;
    let (id, reason, by) = (fields.text()?.to_owned(), fields.text()?.to_owned(), fields.text()?.to_owned());
    let when = u64::from_be_bytes(fields.array()?);
    fields.is_empty().then_some(Hold { id, reason, by, when })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::context::FirmId;

    fn key(byte: u8) -> EndorsementKey {
        EndorsementKey::init(|out| out.fill(byte))
    }

    fn standing() -> FirmStanding {
        let hold = |id: &str| Hold { when: 5, ..Hold::new(id, "a suit", "counsel") };
        FirmStanding {
            firm: FirmId::from(7i64),
            serial: 3,
            suspended: Some(Suspension { reason: "unpaid".into(), when: 1 }),
            pending: Some(PendingShred {
                by: "dpo".into(),
                reason: "erasure".into(),
                requested: 2,
                due: 9,
                suspends: true,
            }),
            holds: vec![hold("a"), hold("b")],
        }
    }

    #[test]
    fn reads_back_under_its_own_key_only() {
        for standing in [standing(), FirmStanding { serial: 1, ..FirmStanding::new(&FirmId::from("x")) }] {
            let stored = standing.encode(&key(1));
            assert_eq!(claimed_serial(&stored), standing.serial);
            assert_eq!(FirmStanding::decode(&key(1), &stored), Some(standing));
            assert_eq!(FirmStanding::decode(&key(2), &stored), None);
        }
    }

    #[test]
    fn holds_out_of_order_and_serial_zero_are_refused_though_authentic() {
        let mut swapped = standing();
        swapped.holds.swap(0, 1);
        let doubled = FirmStanding { holds: vec![standing().holds[0].clone(); 2], ..standing() };
        let first = FirmStanding { serial: 0, ..standing() };
        for bad in [swapped, doubled, first] {
            assert_eq!(FirmStanding::decode(&key(1), &bad.encode(&key(1))), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn any_flipped_bit_is_refused(bit in 0usize..2000) {
            let mut stored = standing().encode(&key(1));
            let bit = bit % (stored.len() * 8);
            stored[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(FirmStanding::decode(&key(1), &stored), None);
        }

        #[test]
        fn garbage_never_panics(body: Vec<u8>) {
            let (_, _) = (claimed_serial(&body), read_holds(&body));
            let (_, _) = (read_pending(&body), read_suspension(&body));
        }
    }
}

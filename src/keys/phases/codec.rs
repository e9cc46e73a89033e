//! The bytes of the note of phases (spec/migration.md, The note).

use super::{JobPhase, Phase, Phases, Rollback};
use crate::context::{FirmId, join, label};
use crate::keys::hierarchy::{mac, mac_matches};
use crate::keys::manifest::Fields;
use crate::secret::EndorsementKey;

const FORMAT: u8 = 0x01;
const MAC_LEN: usize = 32;
const FIELDS: u32 = 3;

impl Phases {
    /// The stored form, authenticated by the platform.
    pub(crate) fn encode(&self, platform: &EndorsementKey) -> Vec<u8> {
        let fields =
            join(&[FirmId::Platform.canonical().as_bytes(), &self.serial.to_be_bytes(), &list(&self.jobs, job)]);
        let mut body = [&[FORMAT], fields.as_slice()].concat();
        let tag = mac(platform.expose(), &join(&[label::PHASES, &body]));
        body.extend_from_slice(&tag);
        body
    }

    /// `None` unless authentic and well-formed.
    pub(crate) fn decode(platform: &EndorsementKey, stored: &[u8]) -> Option<Self> {
        let (body, tag) = stored.split_at_checked(stored.len().checked_sub(MAC_LEN)?)?;
        if !mac_matches(platform.expose(), &join(&[label::PHASES, body]), tag) {
            return None;
        }
        let mut fields = Fields::of(body.strip_prefix(&[FORMAT])?, FIELDS)?;
        let whose = fields.text()? == FirmId::Platform.canonical();
        let phases = Self { serial: u64::from_be_bytes(fields.array()?), jobs: read_list(fields.next()?, read_job)? };
        (whose && fields.is_empty() && phases.serial > 0).then_some(phases)
    }
}

fn list<T>(items: &[T], write: fn(&T) -> Vec<u8>) -> Vec<u8> {
    let written: Vec<Vec<u8>> = items.iter().map(write).collect();
    join(&written.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

fn job(job: &JobPhase) -> Vec<u8> {
    let columns: Vec<&[u8]> = job.columns.iter().map(String::as_bytes).collect();
    join(&[
        job.job.as_bytes(),
        job.table.as_bytes(),
        &join(&columns),
        &[job.phase.number()],
        &list(&job.rollbacks, rollback),
    ])
}

fn rollback(rollback: &Rollback) -> Vec<u8> {
    join(&[
        &[rollback.from.map_or(0, Phase::number)],
        &[rollback.to.number()],
        rollback.by.as_bytes(),
        rollback.reason.as_bytes(),
        &rollback.when.to_be_bytes(),
    ])
}

fn read_list<T>(bytes: &[u8], read: fn(&[u8]) -> Option<T>) -> Option<Vec<T>> {
    Fields::all(bytes)?.into_iter().map(read).collect()
}

fn read_job(bytes: &[u8]) -> Option<JobPhase> {
    let mut fields = Fields::of(bytes, 5)?;
    let (job, table) = (fields.text()?.to_owned(), fields.text()?.to_owned());
    let columns = read_list(fields.next()?, |name| Some(std::str::from_utf8(name).ok()?.to_owned()))?;
    let phase = phase(fields.array()?)?;
    let rollbacks = read_list(fields.next()?, read_rollback)?;
    fields.is_empty().then_some(JobPhase { job, table, columns, phase, rollbacks })
}

fn read_rollback(bytes: &[u8]) -> Option<Rollback> {
    let mut fields = Fields::of(bytes, 5)?;
    let from = match fields.array()? {
        [0] => None,
        from => Some(phase(from)?),
    };
    let to = phase(fields.array()?)?;
    let (by, reason) = (fields.text()?.to_owned(), fields.text()?.to_owned());
    let when = u64::from_be_bytes(fields.array()?);
    fields.is_empty().then_some(Rollback { from, to, by, reason, when })
}

fn phase([number]: [u8; 1]) -> Option<Phase> {
    Phase::ALL.into_iter().find(|phase| phase.number() == number)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::keys::standing::{FirmStanding, claimed_serial};

    fn key(byte: u8) -> EndorsementKey {
        EndorsementKey::init(|out| out.fill(byte))
    }

    fn phases() -> Phases {
        let rollback = |from| Rollback { from, to: Phase::Fenced, by: "ops".into(), reason: "errors".into(), when: 7 };
        let job = |name: &str, phase| JobPhase {
            job: name.into(),
            table: "clients".into(),
            columns: vec!["email".into(), "notes".into()],
            phase,
            rollbacks: vec![rollback(Some(Phase::CutOver)), rollback(None)],
        };
        Phases { serial: 9, jobs: vec![job("a", Phase::DualWrite), job("b", Phase::Fenced)] }
    }

    #[test]
    fn reads_back_under_its_own_key_only() {
        let stored = phases().encode(&key(1));
        assert_eq!(Phases::decode(&key(1), &stored), Some(phases()));
        assert_eq!(Phases::decode(&key(2), &stored), None);
        assert_eq!(claimed_serial(&stored), 9);
    }

    #[test]
    fn neither_note_passes_for_the_other() {
        let standing = FirmStanding { serial: 1, ..FirmStanding::new(&FirmId::Platform) };
        assert_eq!(Phases::decode(&key(1), &standing.encode(&key(1))), None);
        assert_eq!(FirmStanding::decode(&key(1), &phases().encode(&key(1))), None);
    }

    proptest! {
        #[test]
        fn any_flipped_bit_is_refused(bit in 0usize..4000) {
            let mut stored = phases().encode(&key(1));
            let bit = bit % (stored.len() * 8);
            stored[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(Phases::decode(&key(1), &stored), None);
        }

        #[test]
        fn garbage_never_panics(body: Vec<u8>) {
            let (_, _) = (read_list(&body, read_job), read_rollback(&body));
        }
    }
}

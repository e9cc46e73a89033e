//! What this process sees of the others: their beats, by its own clock and no other.

use std::collections::HashMap;
use std::time::Duration;

use uuid::Uuid;

use super::settings::LONGEST_LEASE;
use crate::keys::store::ProcessRecord;

/// When each process's present beat was first seen.
#[derive(Default)]
pub(super) struct Others(HashMap<Uuid, (u64, Duration)>);

impl Others {
    /// Notes what was read at `now`, and gives the processes whose beat has stood still for longer than their lease.
    pub(super) fn observe(&mut self, processes: &[ProcessRecord], now: Duration) -> Vec<(Uuid, u64)> {
        self.0.retain(|id, _| processes.iter().any(|process| process.id == *id));
        processes
            .iter()
            .filter(|process| self.is_over(process, now))
            .map(|process| (process.id, process.beat))
            .collect()
    }

    fn is_over(&mut self, process: &ProcessRecord, now: Duration) -> bool {
        let seen = self.0.entry(process.id).or_insert((process.beat, now));
        if seen.0 != process.beat {
            *seen = (process.beat, now);
        }
        now.saturating_sub(seen.1) >= patience(process.lease)
    }
}

/// How long a beat may stand still. The quarter covers clocks of which one runs slow and the other fast (FLEET-8).
fn patience(lease: Duration) -> Duration {
    let lease = lease.min(LONGEST_LEASE);
    lease + lease / 4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(beat: u64) -> ProcessRecord {
        ProcessRecord {
            id: Uuid::nil(),
            beat,
            acknowledged: 0,
            lease: Duration::from_secs(4),
            started: 0,
            host: String::new(),
            pid: 1,
            release: String::new(),
            info: String::new(),
        }
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_beat_that_stands_still_for_a_lease_and_a_quarter_is_over() {
        let mut others = Others::default();
        assert_eq!(others.observe(&[process(1)], at(100)), []);
        assert_eq!(others.observe(&[process(1)], at(104)), []);
        assert_eq!(others.observe(&[process(1)], at(105)), [(Uuid::nil(), 1)]);
    }

    #[test]
    fn a_beat_that_moves_is_waited_for_anew() {
        let mut others = Others::default();
        others.observe(&[process(1)], at(100));
        assert_eq!(others.observe(&[process(2)], at(105)), []);
        assert_eq!(others.observe(&[process(2)], at(109)), []);
        assert_eq!(others.observe(&[process(2)], at(110)), [(Uuid::nil(), 2)]);
    }

    /// What was seen before this process was stopped says nothing of now.
    #[test]
    fn a_process_that_went_and_came_is_another() {
        let mut others = Others::default();
        others.observe(&[process(1)], at(100));
        others.observe(&[], at(101));
        assert_eq!(others.observe(&[process(1)], at(105)), []);
    }

    #[test]
    fn nobody_waits_longer_than_the_longest_lease() {
        let mut others = Others::default();
        let endless = ProcessRecord { lease: Duration::MAX, ..process(1) };
        others.observe(std::slice::from_ref(&endless), at(0));
        assert_eq!(others.observe(&[endless], at(4500)).len(), 1);
    }
}

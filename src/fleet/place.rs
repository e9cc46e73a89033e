//! A registered process's place: what it has applied, and when it was renewed.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::context::FirmId;
use crate::keys::store::{Change, ChangeKind, Changes};

pub(super) struct Place {
    pub(super) id: Uuid,
    /// Every change up to here was read, and either applied or waits for a reload.
    pub(super) applied: u64,
    /// What the store knows of it.
    pub(super) acknowledged: u64,
    /// When the store last knew of it, for the pace only.
    pub(super) renewed: Instant,
    /// Changes that this process made and has applied already.
    pub(super) own: BTreeSet<u64>,
    /// Firms whose keys only the provider can bring, since which change.
    pub(super) reloading: HashMap<FirmId, (u64, Instant)>,
}

/// What changes ask of a process.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Nothing,
    /// Firms whose keys are to be dropped, and firms whose records are to be read.
    Apply {
        revoked: BTreeSet<FirmId>,
        changed: BTreeSet<FirmId>,
    },
    /// The process can't tell what it missed.
    StartAnew(&'static str),
}

impl Place {
    pub(super) fn new(id: Uuid, epoch: u64) -> Self {
        Self {
            id,
            applied: epoch,
            acknowledged: epoch,
            renewed: Instant::now(),
            own: BTreeSet::new(),
            reloading: HashMap::new(),
        }
    }

    /// What is to be done to be at `changes.epoch`.
    pub(super) fn step(&self, changes: &Changes) -> Step {
        if changes.epoch < self.applied {
            return Step::StartAnew("the epoch of the key store went back");
        }
        let missed = changes.epoch - self.applied;
        if changes.floor > self.applied {
            return Step::StartAnew("it was away for more changes than the key store keeps");
        }
        // Somebody removed some.
        if changes.list.len() as u64 != missed {
            return Step::StartAnew("the key store's list of changes has gaps");
        }
        if missed == 0 { Step::Nothing } else { self.apply(&changes.list) }
    }

    fn apply(&self, changes: &[Change]) -> Step {
        let foreign = || changes.iter().filter(|change| !self.own.contains(&change.epoch));
        let firms = |kind| foreign().filter(move |change| change.kind == kind).map(|change| change.firm.clone());
        Step::Apply { revoked: firms(ChangeKind::Revoked).collect(), changed: firms(ChangeKind::Changed).collect() }
    }

    /// Up to where this process holds nothing that is out of date.
    pub(super) fn to_acknowledge(&self) -> u64 {
        let waiting = self.reloading.values().map(|(epoch, _)| epoch - 1);
        waiting.min().map_or(self.applied, |before| before.min(self.applied))
    }

    /// Firms whose reload takes too long.
    pub(super) fn overdue(&mut self, patience: Duration) -> Vec<FirmId> {
        let late = |since: &Instant| since.elapsed() >= patience;
        let firms = self.reloading.iter().filter(|(_, (_, since))| late(since)).map(|(firm, _)| firm.clone());
        let firms: Vec<_> = firms.collect();
        self.reloading.retain(|_, (_, since)| !late(since));
        firms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(epoch: u64, firm: &str, kind: ChangeKind) -> Change {
        Change { epoch, firm: FirmId::from(firm), kind }
    }

    fn place() -> Place {
        Place::new(Uuid::nil(), 5)
    }

    fn firms<const N: usize>(names: [&str; N]) -> BTreeSet<FirmId> {
        names.map(FirmId::from).into()
    }

    #[test]
    fn each_firm_is_done_once_and_ones_own_not_at_all() {
        let mut place = place();
        place.own.insert(7);
        let list = vec![
            change(6, "a", ChangeKind::Changed),
            change(7, "b", ChangeKind::Revoked),
            change(8, "a", ChangeKind::Changed),
            change(9, "c", ChangeKind::Revoked),
        ];
        let step = place.step(&Changes { epoch: 9, floor: 0, list });
        assert_eq!(step, Step::Apply { revoked: firms(["c"]), changed: firms(["a"]) });
    }

    #[test]
    fn an_epoch_that_went_back_a_floor_above_and_gaps_start_anew() {
        let anew = |changes| matches!(place().step(&changes), Step::StartAnew(_));
        assert!(anew(Changes { epoch: 4, floor: 0, list: Vec::new() }));
        assert!(anew(Changes {
            epoch: 9,
            floor: 6,
            list: (7..=9).map(|n| change(n, "a", ChangeKind::Changed)).collect()
        }));
        assert!(anew(Changes { epoch: 7, floor: 0, list: vec![change(7, "a", ChangeKind::Changed)] }));
        assert!(!anew(Changes { epoch: 5, floor: 5, list: Vec::new() }));
    }

    #[test]
    fn nothing_is_acknowledged_beyond_what_still_loads() {
        let mut place = place();
        place.applied = 9;
        assert_eq!(place.to_acknowledge(), 9);
        place.reloading.insert(FirmId::from("a"), (8, Instant::now()));
        assert_eq!(place.to_acknowledge(), 7);
        assert_eq!(place.overdue(Duration::MAX), []);
        assert_eq!(place.overdue(Duration::ZERO), [FirmId::from("a")]);
        assert_eq!(place.to_acknowledge(), 9);
    }
}

//! The state of all, and what each step does to it. A step that can't be taken says `false`.

use super::row::{Cell, Change, Row, Trigger, Value};
use super::{Protocol, Rule};

/// Of the service, each at its own phase.
pub(super) const PROCESSES: usize = 2;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct State {
    pub(super) row: Option<Row>,
    /// What was last acknowledged: no row, or a row of this value.
    pub(super) truth: Option<Value>,
    pub(super) phase: u8,
    /// The phase that each process has acknowledged.
    pub(super) processes: [u8; PROCESSES],
    /// The highest phase that was ever agreed on: statements of any up to it may still be on their way.
    pub(super) highest: u8,
    pub(super) trigger: Trigger,
    /// `CHECK (plain IS NULL OR sealed IS NOT NULL)` is there.
    pub(super) checked: bool,
    /// Every row was found to have its plaintext.
    whole: bool,
    pub(super) place: Place,
    /// The trigger that a REPEATABLE READ writer's snapshot shows, while it may still write the row.
    snapshot: Option<Trigger>,
    /// What a worker has read and will write.
    work: Option<Work>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Place {
    InTransit,
    /// The legacy column is gone.
    Contracted,
    /// The sealed columns are gone.
    Dropped,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Work {
    restores: bool,
    read: Row,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Step {
    /// A legacy writer. A whole row that was read long ago and is saved now is an update to any key and value.
    LegacyInsert(bool, Value),
    LegacySave(bool, Value),
    LegacyRekey,
    Delete,
    /// The same in REPEATABLE READ: the snapshot, and the write, which fails if the row changed between.
    Snapshot,
    SnapshotSave(bool, Value),
    /// A writer that knows sealed columns, with a statement that was sealed in this phase, now or long ago.
    Insert(u8, bool, Value),
    /// To this key and value.
    Save(u8, bool, Value),
    /// A process learns the phase of the note, or (without MIG-2) of an old one.
    Learn(usize, u8),
    /// The operator.
    Phase(u8),
    Replace(Trigger),
    Validate,
    Unvalidate,
    FindWhole,
    ClearPlain,
    Contract,
    Uncontract,
    DropSealed,
    /// A worker reads the row, and later writes it or crashes.
    ReadToSeal,
    ReadToRestore,
    Write,
    Crash,
}

impl State {
    pub(super) fn of(row: Option<Row>) -> Self {
        Self {
            row,
            truth: row.map(|row| row.plain),
            phase: 1,
            processes: [1; PROCESSES],
            highest: 1,
            trigger: Trigger::Clearing,
            checked: false,
            whole: true,
            place: Place::InTransit,
            snapshot: None,
            work: None,
        }
    }

    /// MIG-4.
    fn agreed(&self, protocol: Protocol) -> bool {
        self.processes.iter().all(|phase| *phase == self.phase) || protocol.lacks(Rule::WaitsForTheFleet)
    }

    /// The row has other bytes or another `xmin`: who read it before can't write it by compare-and-set.
    fn store(&mut self, row: Option<Row>, protocol: Protocol) -> bool {
        self.row = row;
        self.snapshot = None;
        if !protocol.lacks(Rule::ComparesAndSets) {
            self.work = None;
        }
        true
    }

    /// A statement of a writer: acknowledged if neither trigger nor CHECK refuse it.
    pub(super) fn write(&mut self, change: Change, value: Value, trigger: Trigger, protocol: Protocol) -> bool {
        let Some(row) = self.admitted(change, trigger, protocol) else { return false };
        self.truth = Some(value);
        self.store(Some(row), protocol)
    }

    fn admitted(&self, change: Change, trigger: Trigger, protocol: Protocol) -> Option<Row> {
        if self.place != Place::InTransit {
            return None;
        }
        let enforced = self.checked && !protocol.lacks(Rule::Validates);
        let refused = |row: &Row| enforced && row.plain.is_some() && row.cell.is_none();
        change.through(trigger, protocol).filter(|row| !refused(row))
    }

    pub(super) fn delete(&mut self, protocol: Protocol) -> bool {
        self.truth = None;
        self.row.is_some() && self.store(None, protocol)
    }

    /// Inserts where there is no row, or saves the one that is there.
    pub(super) fn legacy(&mut self, inserts: bool, key: bool, plain: Value, protocol: Protocol) -> bool {
        let old = self.row;
        let new = Row { key, plain, cell: old.and_then(|row| row.cell) };
        old.is_none() == inserts
            && self.write(Change { old, new, seals: false, names_plain: true }, plain, self.trigger, protocol)
    }

    pub(super) fn rekey(&mut self, protocol: Protocol) -> bool {
        let (Some(old), Some(value)) = (self.row, self.truth) else { return false };
        let new = Row { key: !old.key, ..old };
        self.write(Change { old: Some(old), new, seals: false, names_plain: false }, value, self.trigger, protocol)
    }

    pub(super) fn take_snapshot(&mut self) -> bool {
        self.row.is_some() && self.snapshot.replace(self.trigger).is_none()
    }

    pub(super) fn snapshot_save(&mut self, key: bool, plain: Value, protocol: Protocol) -> bool {
        let (Some(then), Some(old)) = (self.snapshot, self.row) else { return false };
        let trigger = if protocol.lacks(Rule::PhaseIsCode) { then } else { self.trigger };
        let change = Change { old: Some(old), new: Row { key, plain, ..old }, seals: false, names_plain: true };
        self.write(change, plain, trigger, protocol)
    }

    /// MIG-5 and the table of phases.
    pub(super) fn aware(&mut self, inserts: bool, of: u8, key: bool, value: Value, protocol: Protocol) -> bool {
        let old = self.row;
        let cell = value.filter(|_| of >= 2).map(|value| Cell { value, key });
        let left = |otherwise| old.map_or(otherwise, |row| row.plain);
        let plain = match of {
            2 if protocol.lacks(Rule::WritesBoth) => left(None),
            1 | 2 => value,
            _ if protocol.lacks(Rule::ClearsPlain) => left(None),
            _ => None,
        };
        let new = Row { key, plain, cell };
        let there_was = match protocol.lacks(Rule::StatementsComeLate) {
            true => self.processes.contains(&of),
            false => of <= self.highest,
        };
        let may = there_was && old.is_none() == inserts;
        may && self.write(Change { old, new, seals: cell.is_some(), names_plain: true }, value, self.trigger, protocol)
    }

    pub(super) fn learn(&mut self, process: usize, phase: u8, protocol: Protocol) -> bool {
        let old_note = protocol.lacks(Rule::RefusesOldNotes) && phase <= self.highest;
        let may = phase == self.phase || old_note;
        if may {
            self.processes[process] = phase;
        }
        may
    }

    pub(super) fn change_phase(&mut self, to: u8, protocol: Protocol) -> bool {
        let agreed = self.agreed(protocol);
        let ready = match (self.phase, to) {
            (1, 2) | (4, 3) => true,
            (2, 3) => self.trigger == Trigger::Clearing,
            (3, 4) => self.checked,
            (3, 2) => self.trigger == Trigger::Clearing && !self.checked,
            (2, 1) => self.whole,
            _ => false,
        };
        let may = agreed && ready && self.place == Place::InTransit;
        if may {
            (self.phase, self.highest, self.whole) = (to, self.highest.max(to), false);
        }
        may
    }

    /// Its lock waits for writers in flight; the row is not changed by it.
    pub(super) fn replace(&mut self, trigger: Trigger, protocol: Protocol) -> bool {
        let agreed = self.agreed(protocol);
        let may = self.phase == 3 && agreed && !self.checked && self.trigger != trigger;
        self.trigger = if may { trigger } else { self.trigger };
        may
    }

    pub(super) fn validate(&mut self, protocol: Protocol) -> bool {
        let fenced = self.trigger == Trigger::Fencing || protocol.lacks(Rule::NoClearingBehindTheFence);
        let sealed = self.row.is_none_or(|row| row.plain.is_none() || row.cell.is_some());
        let may = self.phase == 3 && self.agreed(protocol) && fenced && !self.checked && sealed;
        self.checked |= may;
        may
    }

    pub(super) fn unvalidate(&mut self, protocol: Protocol) -> bool {
        self.phase == 3 && self.agreed(protocol) && std::mem::replace(&mut self.checked, false)
    }

    pub(super) fn find_whole(&mut self, protocol: Protocol) -> bool {
        let may = self.phase == 2 && self.agreed(protocol) && self.has_its_plaintext() && !self.whole;
        self.whole |= may;
        may
    }

    fn has_its_plaintext(&self) -> bool {
        self.row.is_none_or(|row| row.plain.is_some() || row.cell.is_none())
    }

    fn cut_over(&self, protocol: Protocol) -> bool {
        self.place == Place::InTransit && self.phase == 4 && self.agreed(protocol)
    }

    /// Contract's own statement: a fence lets it through by the setting of its transaction.
    pub(super) fn clear_plain(&mut self, protocol: Protocol) -> bool {
        let (true, Some(old)) = (self.cut_over(protocol), self.row.filter(|row| row.plain.is_some())) else {
            return false;
        };
        let new = Row { plain: None, ..old };
        let change = Change { old: Some(old), new, seals: false, names_plain: true };
        let stored = match self.trigger {
            Trigger::Fencing => Some(new),
            Trigger::Clearing => self.admitted(change, self.trigger, protocol),
        };
        stored.is_some_and(|row| self.store(Some(row), protocol))
    }

    pub(super) fn contract(&mut self, protocol: Protocol) -> bool {
        let may = self.cut_over(protocol) && self.row.is_none_or(|row| row.plain.is_none());
        if may {
            (self.place, self.work, self.snapshot) = (Place::Contracted, None, None);
        }
        may
    }

    pub(super) fn uncontract(&mut self) -> bool {
        let may = self.place == Place::Contracted;
        self.place = if may { Place::InTransit } else { self.place };
        may
    }

    /// No process has the model any more.
    pub(super) fn drop_sealed(&mut self, protocol: Protocol) -> bool {
        let whole = self.has_its_plaintext() || protocol.lacks(Rule::DropsOnlyWhatIsThereTwice);
        let may = self.place == Place::InTransit && self.phase == 1 && self.agreed(protocol) && whole;
        if may {
            let row = self.row.map(|row| Row { cell: None, ..row });
            self.store(row, protocol);
            self.place = Place::Dropped;
        }
        may
    }

    pub(super) fn read(&mut self, restores: bool, protocol: Protocol) -> bool {
        let Some(read) = self.row.filter(|_| self.work.is_none() && self.place == Place::InTransit) else {
            return false;
        };
        let may = match restores {
            false => matches!(self.phase, 2 | 3) && read.plain.is_some() && read.cell.is_none(),
            true => self.phase == 2 && self.agreed(protocol) && read.plain.is_none() && read.cell.is_some(),
        };
        if may {
            self.work = Some(Work { restores, read });
        }
        may
    }

    /// In whatever phase it is by now. Of a worker that doesn't compare all, key and plaintext are as they were.
    pub(super) fn finish(&mut self, protocol: Protocol) -> bool {
        let (Some(Work { restores, read }), Some(row)) = (self.work.take(), self.row) else { return false };
        let value = read.opens_to(true).flatten();
        if self.place != Place::InTransit || (row.key, row.plain) != (read.key, read.plain) {
            return false;
        }
        let written = match restores {
            true => Row { plain: value, ..row },
            false => Row { cell: value.map(|value| Cell { value, key: read.key }), ..row },
        };
        self.store(Some(written), protocol)
    }

    pub(super) fn crash(&mut self) -> bool {
        self.work.take().is_some()
    }
}

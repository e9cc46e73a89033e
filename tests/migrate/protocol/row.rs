//! One row of a table in transit, and what its triggers make of a statement (MIG-6 to MIG-9).

use super::{Protocol, Rule};

/// NULL, or one of two values: a third would only be renamed.
pub(super) type Value = Option<u8>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Row {
    pub(super) key: bool,
    pub(super) plain: Value,
    pub(super) cell: Option<Cell>,
}

/// A sealed value, which opens under the row key that it was sealed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Cell {
    pub(super) value: u8,
    pub(super) key: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Trigger {
    Clearing,
    Fencing,
}

/// An UPDATE, or an INSERT if there was no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) old: Option<Row>,
    pub(super) new: Row,
    /// It sets a sealed cell: one of other bytes, though the value may be the same.
    pub(super) seals: bool,
    /// It names the legacy column among those that it sets.
    pub(super) names_plain: bool,
}

impl Row {
    /// What a process opens it to; `None` if it can't.
    pub(super) fn opens_to(&self, reads_plain: bool) -> Option<Value> {
        match self.cell {
            Some(cell) => (cell.key == self.key).then_some(Some(cell.value)),
            None => Some(self.plain.filter(|_| reads_plain)),
        }
    }
}

impl Change {
    fn cell_changed(&self) -> bool {
        self.seals || self.old.is_some_and(|old| old.cell.is_some() != self.new.cell.is_some())
    }

    fn plain_changed(&self, protocol: Protocol) -> bool {
        let Some(old) = self.old else { return self.new.plain.is_some() };
        if protocol.lacks(Rule::ChangedByImage) {
            // Two values of citext that differ and are equal.
            return old.plain.is_some() != self.new.plain.is_some();
        }
        old.plain != self.new.plain
    }

    fn key_changed(&self) -> bool {
        self.old.is_some_and(|old| old.key != self.new.key)
    }

    /// NULL is written over NULL beside a cell that the writer doesn't know of.
    fn hides_a_deletion(&self, protocol: Protocol) -> bool {
        let was_null = self.old.is_some_and(|old| old.plain.is_none());
        let blind = was_null && self.new.plain.is_none() && self.new.cell.is_some() && !self.cell_changed();
        blind && self.names_plain && !protocol.lacks(Rule::NullOverNullRefused)
    }

    /// The row as it is stored, or `None` if the statement is refused.
    pub(super) fn through(self, trigger: Trigger, protocol: Protocol) -> Option<Row> {
        match trigger {
            _ if self.hides_a_deletion(protocol) => None,
            Trigger::Clearing => self.cleared(protocol),
            Trigger::Fencing => self.fenced(protocol),
        }
    }

    fn cleared(self, protocol: Protocol) -> Option<Row> {
        let unsealed = Row { cell: None, ..self.new };
        if self.old.is_none() || self.cell_changed() {
            return Some(self.new);
        }
        if self.plain_changed(protocol) && !protocol.lacks(Rule::Clears) {
            return Some(unsealed);
        }
        if !self.key_changed() || protocol.lacks(Rule::ClearsOfAnotherKey) {
            return Some(self.new);
        }
        let only_sealed = self.new.plain.is_none() && self.new.cell.is_some();
        let refused = only_sealed && !protocol.lacks(Rule::KeepsWhatIsOnlySealed);
        (!refused).then_some(unsealed)
    }

    fn fenced(self, protocol: Protocol) -> Option<Row> {
        let left = self.new.cell.is_some() && !self.cell_changed();
        if left && self.key_changed() && !protocol.lacks(Rule::FencesKeyChanges) {
            return None;
        }
        if !self.plain_changed(protocol) {
            return Some(self.new);
        }
        if self.new.plain.is_none() {
            return (!left || protocol.lacks(Rule::FencesDeletions)).then_some(self.new);
        }
        let aware = self.cell_changed() && (self.new.cell.is_some() || protocol.lacks(Rule::StripsOnlyBesideACell));
        match aware {
            true => Some(Row { plain: None, ..self.new }),
            false => protocol.lacks(Rule::FencesPlaintext).then_some(self.new),
        }
    }
}

//! What writers did to rows, and what rows may therefore hold.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// What a write leaves: the row's value, or no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Left {
    Value(Option<String>),
    Nothing,
}

/// One write. Turns of a row rise by one with each write that was committed.
#[derive(Debug, Clone)]
struct Try {
    turn: i64,
    left: Left,
    acknowledged: bool,
    /// The value that was read before and written again: it must be that of the turn before.
    kept: bool,
}

/// A writer's file: each write before it is sent, and again when the server has said that it is committed.
pub(super) struct Ledger(File);

impl Ledger {
    pub(super) fn open(path: &Path) -> Self {
        Self(File::options().create(true).append(true).open(path).unwrap())
    }

    pub(super) fn tries(&mut self, id: i64, turn: i64, left: &Left, kept: bool) {
        let text = match left {
            Left::Value(Some(value)) => format!("={value}"),
            Left::Value(None) => "null".to_owned(),
            Left::Nothing => "gone".to_owned(),
        };
        writeln!(self.0, "try {id} {turn} {} {text}", u8::from(kept)).unwrap();
    }

    /// The server has said that it is not done.
    pub(super) fn denies(&mut self, id: i64, turn: i64) {
        writeln!(self.0, "not {id} {turn}").unwrap();
    }

    pub(super) fn acknowledges(&mut self, id: i64, turn: i64) {
        writeln!(self.0, "ack {id} {turn}").unwrap();
    }
}

/// All writers' files, read.
#[derive(Default)]
pub(super) struct Ledgers {
    rows: BTreeMap<i64, Vec<Try>>,
    pub(super) acknowledged: usize,
    pub(super) unknown: usize,
}

impl Ledgers {
    pub(super) fn read(paths: &[std::path::PathBuf]) -> Self {
        let mut all = Self::default();
        for path in paths {
            for line in std::fs::read_to_string(path).unwrap().lines() {
                all.take(line);
            }
        }
        let tries = || all.rows.values().flatten();
        all.acknowledged = tries().filter(|one| one.acknowledged).count();
        all.unknown = tries().filter(|one| !one.acknowledged).count();
        all
    }

    fn take(&mut self, line: &str) {
        let words: Vec<&str> = line.splitn(5, ' ').collect();
        let (id, turn): (i64, i64) = (words[1].parse().unwrap(), words[2].parse().unwrap());
        let row = self.rows.entry(id).or_default();
        // A writer's own last try of this turn.
        let last = row.iter().rposition(|one| one.turn == turn);
        match (words[0], last) {
            ("try", _) => {}
            ("ack", Some(last)) => return row[last].acknowledged = true,
            ("not", Some(last)) => return drop(row.remove(last)),
            _ => panic!("{line}"),
        }
        let left = match words[4] {
            "gone" => Left::Nothing,
            "null" => Left::Value(None),
            text => Left::Value(Some(text.strip_prefix('=').unwrap().to_owned())),
        };
        row.push(Try { turn, left, acknowledged: false, kept: words[3] == "1" });
    }

    /// Rows that were written.
    pub(super) fn ids(&self) -> impl Iterator<Item = i64> {
        self.rows.keys().copied()
    }

    /// Whether the row may hold this, after writes that began with turn 0 and `first`.
    pub(super) fn allows(
        &self,
        id: i64,
        found: Option<(i64, Option<String>)>,
        first: Option<&str>,
    ) -> Result<(), String> {
        let none = Vec::new();
        let tries = self.rows.get(&id).unwrap_or(&none);
        let last = tries.iter().filter(|one| one.acknowledged).map(|one| one.turn).max().unwrap_or(0);
        let (turn, left) = match &found {
            Some((turn, value)) => (Some(*turn), Left::Value(value.clone())),
            None => (None, Left::Nothing),
        };
        let began = |turn: i64, left: &Left| match first {
            Some(first) => turn == 0 && *left == Left::Value(Some(first.to_owned())),
            None => turn == 0 && *left == Left::Nothing,
        };
        let fits = |one: &Try| one.left == left && one.turn >= last && turn.is_none_or(|turn| turn == one.turn);
        let fits = |one: &Try| fits(one) && (one.acknowledged || one.turn > last || !has_acknowledged(tries, one.turn));
        let untouched = last == 0 && began(turn.unwrap_or(0), &left);
        if !untouched && !tries.iter().any(fits) {
            return Err(format!("row {id} holds {found:?}, after {tries:?}"));
        }
        self.kept_what_was(id, tries, &began)
    }

    /// A writer that reads a value and writes it again has read the last one.
    fn kept_what_was(&self, id: i64, tries: &[Try], began: &dyn Fn(i64, &Left) -> bool) -> Result<(), String> {
        for one in tries.iter().filter(|one| one.kept && one.acknowledged) {
            let before = |other: &Try| other.turn == one.turn - 1 && other.left == one.left;
            if !tries.iter().any(before) && !began(one.turn - 1, &one.left) {
                return Err(format!("row {id}: a writer read at turn {} what nobody wrote: {tries:?}", one.turn));
            }
        }
        Ok(())
    }
}

fn has_acknowledged(tries: &[Try], turn: i64) -> bool {
    tries.iter().any(|one| one.turn == turn && one.acknowledged)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledgers(lines: &[&str]) -> Ledgers {
        let mut all = Ledgers::default();
        lines.iter().for_each(|line| all.take(line));
        all
    }

    fn value(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn only_the_last_acknowledged_value_or_a_later_unknown_one_is_allowed() {
        let all = ledgers(&[
            "try 1 1 0 =a",
            "ack 1 1",
            "try 1 2 0 =b",
            "ack 1 2",
            "try 1 3 0 =c",
            "try 2 1 0 gone",
            "ack 2 1",
        ]);
        assert!(all.allows(1, Some((2, value("b"))), Some("x")).is_ok());
        assert!(all.allows(1, Some((3, value("c"))), Some("x")).is_ok());
        for (turn, text) in [(1, "a"), (2, "a"), (3, "b"), (0, "x"), (4, "c")] {
            assert!(all.allows(1, Some((turn, value(text))), Some("x")).is_err(), "{turn} {text}");
        }
        assert!(all.allows(1, None, Some("x")).is_err(), "a row that is lost");
        assert!(all.allows(2, None, Some("x")).is_ok());
        assert!(all.allows(2, Some((0, value("x"))), Some("x")).is_err(), "a row that comes back");
        assert!(all.allows(3, Some((0, value("x"))), Some("x")).is_ok());
        assert!(all.allows(3, Some((0, value("y"))), Some("x")).is_err());
        assert!(all.allows(3, None, Some("x")).is_err());
    }

    #[test]
    fn a_value_that_was_kept_must_be_the_last() {
        let all = ledgers(&["try 1 1 0 =a", "ack 1 1", "try 1 2 1 =x", "ack 1 2"]);
        assert!(all.allows(1, Some((2, value("x"))), Some("x")).is_err());
        let all = ledgers(&["try 1 1 1 =x", "ack 1 1"]);
        assert!(all.allows(1, Some((1, value("x"))), Some("x")).is_ok());
    }
}

//! Phases of migrations: what processes do with a table's legacy columns (spec/migration.md, Phases).

mod codec;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;

/// What processes do with a pair of a legacy column and its sealed column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// The sealed columns are there; plaintext alone is written.
    Expanded,
    /// Plaintext, sealed cell and term are written together.
    DualWrite,
    /// Plaintext is written no more. Reads fall back to what is left of it.
    Fenced,
    /// Plaintext is neither written nor read.
    CutOver,
}

impl Phase {
    /// All, in their order.
    pub const ALL: [Self; 4] = [Self::Expanded, Self::DualWrite, Self::Fenced, Self::CutOver];

    /// Its name in stores, logs and command lines.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expanded => "expanded",
            Self::DualWrite => "dual-write",
            Self::Fenced => "fenced",
            Self::CutOver => "cut-over",
        }
    }

    /// Its number in the note, from 1.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// Whether a write sets the legacy column.
    #[must_use]
    pub const fn writes_plain(self) -> bool {
        matches!(self, Self::Expanded | Self::DualWrite)
    }

    /// Whether a write sets the sealed cell and its term.
    #[must_use]
    pub const fn writes_sealed(self) -> bool {
        !matches!(self, Self::Expanded)
    }

    /// Whether a read that finds no cell takes the legacy column.
    #[must_use]
    pub const fn reads_plain(self) -> bool {
        !matches!(self, Self::CutOver)
    }

    /// The phase after this.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        match self {
            Self::Expanded => Some(Self::DualWrite),
            Self::DualWrite => Some(Self::Fenced),
            Self::Fenced => Some(Self::CutOver),
            Self::CutOver => None,
        }
    }

    /// The phase before this.
    #[must_use]
    pub const fn previous(self) -> Option<Self> {
        match self {
            Self::Expanded => None,
            Self::DualWrite => Some(Self::Expanded),
            Self::Fenced => Some(Self::DualWrite),
            Self::CutOver => Some(Self::Fenced),
        }
    }
}

impl std::fmt::Display for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The phase of one job's pairs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JobPhase {
    /// The job's name.
    pub job: String,
    /// The table's SQL name, as the models write it.
    pub table: String,
    /// SQL names of the sealed columns.
    pub columns: Vec<String>,
    /// The phase.
    pub phase: Phase,
    /// Every rollback so far, oldest first.
    pub rollbacks: Vec<Rollback>,
}

/// An operator's word that a job went back.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rollback {
    /// The phase before; `None`: the job's sealed columns were contracted.
    pub from: Option<Phase>,
    /// The phase after.
    pub to: Phase,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When: Unix seconds.
    pub when: u64,
}

/// All phases, as of one note.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Phases {
    /// Counts the changes of the note; 0: there is none.
    pub(crate) serial: u64,
    pub(crate) jobs: Vec<JobPhase>,
}

impl Phases {
    /// The job of this name.
    pub(crate) fn job(&self, name: &str) -> Option<&JobPhase> {
        self.jobs.iter().find(|job| job.job == name)
    }

    /// The phase of a pair, told by its sealed column.
    fn of(&self, table: &str, column: &str) -> Option<Phase> {
        self.jobs.iter().find(|job| job.has(table, column)).map(|job| job.phase)
    }
}

impl JobPhase {
    /// Whether the pair is the job's, told by its sealed column.
    pub(crate) fn has(&self, table: &str, column: &str) -> bool {
        self.table == table && self.columns.iter().any(|name| name == column)
    }

    /// Whether this is an earlier phase than `before`, without an operator's word for it (MIG-2).
    fn fell_from(&self, before: &Self) -> bool {
        self.job == before.job && self.phase < before.phase && self.rollbacks.len() <= before.rollbacks.len()
    }
}

/// The phases that this process works by: asked for each row by one atomic load, exchanged when the fleet is told.
#[derive(Debug, Default)]
pub(crate) struct PhaseBoard {
    /// What models ask.
    now: ArcSwap<Phases>,
    seen: Mutex<Seen>,
    /// Whether a model in transit was registered.
    watched: AtomicBool,
    /// Whether a note was taken since the board was blank.
    read: AtomicBool,
}

/// What was taken so far, also while the board is blank.
#[derive(Debug, Default)]
struct Seen {
    /// The highest note.
    note: Phases,
    /// Its jobs, each at the phase that may be worked by.
    jobs: Vec<JobPhase>,
}

impl PhaseBoard {
    /// The phase of a pair, told by its sealed column.
    pub(crate) fn of(&self, table: &str, column: &str) -> Option<Phase> {
        self.now.load().of(table, column)
    }

    /// Takes an authentic note. `false`: it is older than one that was taken, and the board is blank.
    pub(crate) fn take(&self, note: Phases) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if note.serial < seen.note.serial || note.serial == seen.note.serial && note != seen.note {
            self.blank();
            return false;
        }
        let fell = |job: &&JobPhase| seen.jobs.iter().any(|before| job.fell_from(before));
        let (fallen, good): (Vec<&JobPhase>, Vec<&JobPhase>) = note.jobs.iter().partition(fell);
        let good: Vec<JobPhase> = good.into_iter().cloned().collect();
        for job in &fallen {
            tracing::error!(
                name: "fieldseal.phases.fell",
                job = job.job,
                "a job went back without an operator's word for it: its models are refused"
            );
        }
        self.now.store(Arc::new(Phases { serial: note.serial, jobs: good.clone() }));
        let is_fallen = |before: &JobPhase| fallen.iter().any(|job| job.job == before.job);
        let jobs = good.into_iter().chain(seen.jobs.iter().filter(|before| is_fallen(before)).cloned()).collect();
        *seen = Seen { note, jobs };
        self.read.store(true, Ordering::Relaxed);
        true
    }

    /// A model in transit works by this board: no change of a phase may be missed.
    pub(crate) fn watch(&self) {
        self.watched.store(true, Ordering::Relaxed);
    }

    /// Whether somebody would ask this board, and it has nothing to say.
    pub(crate) fn wants_reading(&self) -> bool {
        self.is_watched() && !self.read.load(Ordering::Relaxed)
    }

    /// Whether a model in transit works by this board.
    pub(crate) fn is_watched(&self) -> bool {
        self.watched.load(Ordering::Relaxed)
    }

    /// Knows no phase until a note is taken: models in transit are refused.
    pub(crate) fn blank(&self) {
        self.read.store(false, Ordering::Relaxed);
        self.now.store(Arc::default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phase_is_one_step_from_its_neighbours() {
        for pair in Phase::ALL.windows(2) {
            assert_eq!((pair[0].next(), pair[1].previous()), (Some(pair[1]), Some(pair[0])));
        }
        assert_eq!((Phase::ALL[0].previous(), Phase::ALL[3].next()), (None, None));
    }

    #[test]
    fn a_value_is_always_written_and_never_unread() {
        for phase in Phase::ALL {
            assert!(phase.writes_plain() || phase.writes_sealed());
            assert!(phase.reads_plain() || !phase.writes_plain());
        }
    }

    fn note(serial: u64, phase: Phase, rollbacks: usize) -> Phases {
        let rollback = Rollback { from: None, to: phase, by: "ops".into(), reason: "test".into(), when: 1 };
        let job = JobPhase {
            job: "seal".into(),
            table: "clients".into(),
            columns: vec!["email".into()],
            phase,
            rollbacks: vec![rollback; rollbacks],
        };
        Phases { serial, jobs: vec![job] }
    }

    #[test]
    fn a_note_of_before_blanks_the_board() {
        let board = PhaseBoard::default();
        assert!(board.take(note(2, Phase::DualWrite, 0)));
        assert_eq!(board.of("clients", "email"), Some(Phase::DualWrite));
        assert!(!board.take(note(1, Phase::Expanded, 0)));
        assert_eq!(board.of("clients", "email"), None);
        assert!(board.take(note(2, Phase::DualWrite, 0)));
        assert!(!board.take(note(2, Phase::Fenced, 0)), "two histories");
    }

    #[test]
    fn a_job_goes_back_by_an_operators_word_only() {
        let board = PhaseBoard::default();
        board.take(note(2, Phase::CutOver, 0));
        board.take(note(3, Phase::Fenced, 0));
        assert_eq!(board.of("clients", "email"), None);
        board.take(note(4, Phase::CutOver, 0));
        board.take(note(5, Phase::Fenced, 1));
        assert_eq!(board.of("clients", "email"), Some(Phase::Fenced));
    }

    #[test]
    fn a_pair_of_no_job_has_no_phase() {
        let board = PhaseBoard::default();
        board.take(note(1, Phase::CutOver, 0));
        assert_eq!((board.of("clients", "notes"), board.of("matters", "email")), (None, None));
        board.blank();
        assert_eq!(board.of("clients", "email"), None);
    }
}

//! Whether rows are what they should be: opened, compared with the plaintext beside them, their terms computed.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::pair::Fault;
use super::{Need, RowKeys, Transform, Wants};
use crate::context::{FirmId, RowPlace};
use crate::envelope::Head;
use crate::keys::KeyError;
use crate::migrate::row::{Outcome, PairValue, Reason, Row};
use crate::migrate::subject::{Subject, SubjectColumn};
use crate::model::CellKeys;

/// Looks at every row, and writes none. What is wrong goes into quarantine.
#[derive(Debug)]
pub(in crate::migrate) struct Verify {
    columns: Vec<SubjectColumn>,
    firm: Option<FirmId>,
    seen: Mutex<Vec<Seen>>,
}

/// What was seen of a column, by this process.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::migrate) struct Seen {
    pub(in crate::migrate) empty: u64,
    /// Plaintext alone.
    pub(in crate::migrate) unsealed: u64,
    /// Cells with the same plaintext beside them.
    pub(in crate::migrate) both: u64,
    /// Cells alone.
    pub(in crate::migrate) sealed: u64,
    /// Cells by data-key version.
    pub(in crate::migrate) versions: BTreeMap<u32, u64>,
}

/// What a pair was found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Empty,
    Unsealed,
    /// A cell that opens, under this data key, and whether plaintext lies beside it.
    Sealed {
        version: u32,
        plain: bool,
    },
    Wrong(Reason),
}

impl Verify {
    pub(in crate::migrate) fn new(subject: &Subject, firm: Option<FirmId>) -> Self {
        let seen = Mutex::new(vec![Seen::default(); subject.columns.len()]);
        Self { columns: subject.columns.clone(), firm, seen }
    }

    /// What was seen so far, in the order of the subject's columns.
    pub(in crate::migrate) fn seen(&self) -> Vec<Seen> {
        self.lock().clone()
    }

    // Counts are never left half-changed.
    fn lock(&self) -> MutexGuard<'_, Vec<Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn verdicts(&self, keys: &CellKeys, row: &Row) -> Result<Vec<Verdict>, KeyError> {
        let one = |(column, pair)| match look(column, keys, &row.place, pair) {
            Ok(verdict) => Ok(verdict),
            Err(Fault::Row(reason)) => Ok(Verdict::Wrong(reason)),
            Err(Fault::Keys(error)) => Err(error),
        };
        self.columns.iter().zip(&row.pairs).map(one).collect()
    }
}

impl Transform for Verify {
    fn wants(&self) -> Wants {
        Wants { plain: true, sealed: true, term: true, rows: Need::All, firm: self.firm.clone(), old: None }
    }

    fn apply(&self, keys: RowKeys<'_>, row: &Row) -> Result<Outcome, KeyError> {
        let verdicts = self.verdicts(keys.now, row)?;
        let mut seen = self.lock();
        let mut wrong = None;
        for (pair, (seen, verdict)) in seen.iter_mut().zip(verdicts).enumerate() {
            match verdict {
                Verdict::Wrong(reason) => wrong = wrong.or(Some((pair, reason))),
                counted => seen.count(counted),
            }
        }
        Ok(wrong.map_or(Outcome::Unchanged, |(pair, reason)| Outcome::Quarantine { pair, reason }))
    }
}

impl Seen {
    fn count(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Empty => self.empty += 1,
            Verdict::Unsealed => self.unsealed += 1,
            Verdict::Sealed { version, plain } => {
                *(if plain { &mut self.both } else { &mut self.sealed }) += 1;
                *self.versions.entry(version).or_default() += 1;
            }
            Verdict::Wrong(_) => {}
        }
    }
}

fn look(column: &SubjectColumn, keys: &CellKeys, place: &RowPlace, pair: &PairValue) -> Result<Verdict, Fault> {
    let Some(cell) = &pair.sealed else {
        return Ok(match (&pair.plain, &pair.term) {
            (_, Some(_)) => Verdict::Wrong(Reason::WrongTerm),
            (Some(_), None) => Verdict::Unsealed,
            (None, None) => Verdict::Empty,
        });
    };
    let stored = column.opened(keys, place, cell)?;
    let version = Head::parse(cell).map_err(|_| Reason::DoesNotOpen)?.version();
    if let Some(plain) = &pair.plain
        && *column.read(plain)? != *stored
    {
        return Ok(Verdict::Wrong(Reason::Differs));
    }
    if !column.has_term(keys, pair.term.as_ref(), &stored)? {
        return Ok(Verdict::Wrong(Reason::WrongTerm));
    }
    Ok(Verdict::Sealed { version, plain: pair.plain.is_some() })
}

//! Cells of old keys, other padding or another place become cells of now.

use super::pair::{Fault, is_current};
use super::{Need, OldBinding, RowKeys, Transform, Wants, changes};
use crate::context::{FirmId, RowPlace};
use crate::envelope::Head;
use crate::keys::KeyError;
use crate::migrate::row::{Outcome, PairChange, PairValue, Row};
use crate::migrate::subject::{Subject, SubjectColumn};
use crate::model::CellKeys;
use crate::sql::Ciphertext;

/// Seals anew every cell under a version below one; without one, every cell that is not under its firm's active key, or not
/// padded as the column is.
#[derive(Debug)]
pub(in crate::migrate) struct Reseal {
    columns: Vec<SubjectColumn>,
    below: Option<u32>,
    firm: Option<FirmId>,
}

impl Reseal {
    pub(in crate::migrate) fn new(subject: &Subject, below: Option<u32>, firm: Option<FirmId>) -> Self {
        Self { columns: subject.columns.clone(), below, firm }
    }
}

impl Transform for Reseal {
    fn wants(&self) -> Wants {
        let rows = self.below.map_or(Need::All, Need::BelowVersion);
        Wants { plain: false, sealed: true, term: true, rows, firm: self.firm.clone(), old: None }
    }

    fn apply(&self, keys: RowKeys<'_>, row: &Row) -> Result<Outcome, KeyError> {
        changes(&self.columns, row, |column, pair| {
            let Some(cell) = &pair.sealed else { return Ok(PairChange::Keep) };
            if self.is_due(column, keys.now, &row.place, cell)? {
                anew(column, column, (keys, &row.place, &row.place), pair)
            } else {
                Ok(PairChange::Keep)
            }
        })
    }
}

impl Reseal {
    fn is_due(&self, column: &SubjectColumn, keys: &CellKeys, place: &RowPlace, cell: &[u8]) -> Result<bool, Fault> {
        let Ok(head) = Head::parse(cell) else { return Ok(true) };
        match (self.below, column.column.schema().pad) {
            (Some(below), _) => Ok(head.version() < below),
            (None, _) if keys.is_outdated(column.column, &Ciphertext::<()>::from_bytes(cell.to_vec())) => Ok(true),
            (None, None) => Ok(false),
            (None, Some(pad)) => {
                let len = pad.padded_len(column.opened(keys, place, cell)?.len());
                Ok(head.body_start() + len + head.kind().suffix_len() != cell.len())
            }
        }
    }
}

/// Opens cells where they were sealed for, and seals them for where they are: another row key, firm, or pinned name.
#[derive(Debug)]
pub(in crate::migrate) struct Rebind {
    columns: Vec<SubjectColumn>,
    /// The same columns under their names of before.
    old: Vec<SubjectColumn>,
    binding: OldBinding,
}

impl Rebind {
    /// `old` describes the same columns, in the same order.
    pub(in crate::migrate) fn new(subject: &Subject, old: &Subject, binding: OldBinding) -> Self {
        Self { columns: subject.columns.clone(), old: old.columns.clone(), binding }
    }
}

impl Transform for Rebind {
    fn wants(&self) -> Wants {
        Wants { plain: false, sealed: true, term: true, rows: Need::All, firm: None, old: Some(self.binding.clone()) }
    }

    fn apply(&self, keys: RowKeys<'_>, row: &Row) -> Result<Outcome, KeyError> {
        let before = row.old.as_ref().map_or(&row.place, |old| &old.place);
        let mut old = self.old.iter();
        changes(&self.columns, row, |column, pair| {
            let from = old.next().unwrap_or(column);
            match &pair.sealed {
                // Done by a pass that was cut off.
                Some(cell) if column.opened(keys.now, &row.place, cell).is_ok() => Ok(PairChange::Keep),
                Some(_) => anew(from, column, (keys, before, &row.place), pair),
                None => Ok(PairChange::Keep),
            }
        })
    }
}

fn anew(
    from: &SubjectColumn,
    to: &SubjectColumn,
    (keys, before, now): (RowKeys<'_>, &RowPlace, &RowPlace),
    pair: &PairValue,
) -> Result<PairChange, Fault> {
    let Some(cell) = &pair.sealed else { return Ok(PairChange::Keep) };
    let stored = from.opened(keys.old, before, cell)?;
    let (sealed, term) = to.sealed(keys.now, now, &stored)?;
    // A term that is right stays: its index is left alone.
    let term = if kept(to, keys.now, pair, &stored)? { pair.term.clone() } else { term };
    Ok(PairChange::Seal { sealed: Some(sealed), term })
}

fn kept(column: &SubjectColumn, keys: &CellKeys, pair: &PairValue, stored: &[u8]) -> Result<bool, Fault> {
    is_current(column, keys, pair.term.as_deref(), stored)
}

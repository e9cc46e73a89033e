//! Terms under the active index key.

use super::pair::{Fault, is_current};
use super::{Need, RowKeys, Transform, Wants, changes};
use crate::context::{FirmId, RowPlace};
use crate::keys::KeyError;
use crate::migrate::row::{Outcome, PairChange, PairValue, Row};
use crate::migrate::subject::{Subject, SubjectColumn};
use crate::model::CellKeys;

/// Computes anew every term that is missing, or under an index key below a version; without one, that is not under its firm's
/// active index key.
#[derive(Debug)]
pub(in crate::migrate) struct Reindex {
    columns: Vec<SubjectColumn>,
    below: Option<u32>,
    firm: Option<FirmId>,
}

impl Reindex {
    pub(in crate::migrate) fn new(subject: &Subject, below: Option<u32>, firm: Option<FirmId>) -> Self {
        Self { columns: subject.columns.clone(), below, firm }
    }
}

impl Transform for Reindex {
    fn wants(&self) -> Wants {
        let rows = self.below.map_or(Need::All, Need::StaleTerm);
        Wants { plain: false, sealed: true, term: true, rows, firm: self.firm.clone(), old: None }
    }

    fn apply(&self, keys: RowKeys<'_>, row: &Row) -> Result<Outcome, KeyError> {
        changes(&self.columns, row, |column, pair| reindex(column, keys.now, &row.place, pair))
    }
}

fn reindex(column: &SubjectColumn, keys: &CellKeys, place: &RowPlace, pair: &PairValue) -> Result<PairChange, Fault> {
    let (Some(_), Some(cell)) = (column.index, &pair.sealed) else { return Ok(PairChange::Keep) };
    let stored = column.opened(keys, place, cell)?;
    if is_current(column, keys, pair.term.as_deref(), &stored)? {
        return Ok(PairChange::Keep);
    }
    Ok(PairChange::Term { term: column.term(keys, &stored)? })
}

//! Cells become plaintext again: on the way back of a migration.

use super::pair::Fault;
use super::{Need, RowKeys, Transform, Wants, changes};
use crate::context::{FirmId, RowPlace};
use crate::keys::KeyError;
use crate::migrate::convert;
use crate::migrate::row::{Outcome, PairChange, PairValue, Reason, Row};
use crate::migrate::subject::{Subject, SubjectColumn};
use crate::model::CellKeys;

/// Writes the plaintext of cells that have none beside them. The cells stay.
#[derive(Debug)]
pub(in crate::migrate) struct Restore {
    columns: Vec<SubjectColumn>,
    firm: Option<FirmId>,
}

impl Restore {
    pub(in crate::migrate) fn new(subject: &Subject, firm: Option<FirmId>) -> Self {
        Self { columns: subject.columns.clone(), firm }
    }
}

impl Transform for Restore {
    fn wants(&self) -> Wants {
        Wants {
            plain: true,
            sealed: true,
            term: false,
            rows: Need::SealedWithoutPlain,
            firm: self.firm.clone(),
            old: None,
        }
    }

    fn apply(&self, keys: RowKeys<'_>, row: &Row) -> Result<Outcome, KeyError> {
        changes(&self.columns, row, |column, pair| restore(column, keys.now, &row.place, pair))
    }
}

fn restore(column: &SubjectColumn, keys: &CellKeys, place: &RowPlace, pair: &PairValue) -> Result<PairChange, Fault> {
    let (None, Some(cell)) = (&pair.plain, &pair.sealed) else { return Ok(PairChange::Keep) };
    let stored = column.opened(keys, place, cell)?;
    let plain = column.written(&stored)?;
    // What would be read back from there has to be this value.
    if column.hook.is_none() && *convert::to_stored(column.column.schema().codec, &plain)? != *stored {
        return Err(Reason::DoesNotRoundTrip.into());
    }
    Ok(PairChange::Unseal { plain: Some(plain) })
}

//! Legacy plaintext and home-made ciphertext become cells and terms.

use super::pair::Fault;
use super::{Need, RowKeys, Transform, Wants, changes};
use crate::context::{FirmId, RowPlace};
use crate::keys::KeyError;
use crate::migrate::row::{Outcome, PairChange, PairValue, Row};
use crate::migrate::subject::{Subject, SubjectColumn};
use crate::model::CellKeys;

/// Seals what is not sealed yet. Plaintext stays beside it.
#[derive(Debug)]
pub(in crate::migrate) struct Seal {
    columns: Vec<SubjectColumn>,
    firm: Option<FirmId>,
}

impl Seal {
    pub(in crate::migrate) fn new(subject: &Subject, firm: Option<FirmId>) -> Self {
        Self { columns: subject.columns.clone(), firm }
    }
}

impl Transform for Seal {
    fn wants(&self) -> Wants {
        Wants { plain: true, sealed: true, term: false, rows: Need::Unsealed, firm: self.firm.clone(), old: None }
    }

    fn apply(&self, keys: RowKeys<'_>, row: &Row) -> Result<Outcome, KeyError> {
        changes(&self.columns, row, |column, pair| seal(column, keys.now, &row.place, pair))
    }
}

fn seal(column: &SubjectColumn, keys: &CellKeys, place: &RowPlace, pair: &PairValue) -> Result<PairChange, Fault> {
    let (Some(plain), None) = (&pair.plain, &pair.sealed) else { return Ok(PairChange::Keep) };
    let stored = column.read(plain)?;
    let (sealed, term) = column.sealed(keys, place, &stored)?;
    Ok(PairChange::Seal { sealed: Some(sealed), term })
}

//! What a pass makes of rows: pure functions from a row to its outcome, without a database.

mod pair;
mod reindex;
mod reseal;
mod restore;
mod seal;
mod verify;

use pair::Fault;

use super::row::{Outcome, PairChange, PairValue, Row};
use super::subject::SubjectColumn;
use crate::context::FirmId;
use crate::keys::KeyError;
use crate::model::CellKeys;

pub(super) use reindex::Reindex;
pub(super) use reseal::{Rebind, Reseal};
pub(super) use restore::Restore;
pub(super) use seal::Seal;
pub(super) use verify::{Seen, Verify};

/// What becomes of the rows of a pass.
pub(super) trait Transform: std::fmt::Debug + Send + Sync {
    /// What it has to be given.
    fn wants(&self) -> Wants;

    /// What becomes of a row. It may be asked again, with the row as it is then.
    ///
    /// # Errors
    /// [`KeyError`]: the firm's keys can't be used now. The engine gets them anew, or gives up; the row stays as it is.
    /// What is the matter with the row itself is [`Outcome::Quarantine`].
    fn apply(&self, keys: RowKeys<'_>, row: &Row) -> Result<Outcome, KeyError>;
}

/// The keys that a row needs.
#[derive(Clone, Copy)]
pub(super) struct RowKeys<'a> {
    /// Of the row's firm.
    pub(super) now: &'a CellKeys,
    /// Of the firm that its cells are sealed for, where they come from elsewhere; else the same.
    pub(super) old: &'a CellKeys,
}

/// What a transform has to be given.
#[derive(Debug, Clone)]
pub(super) struct Wants {
    /// Whether it reads the legacy columns; if not, `plain` is `None` in every row.
    pub(super) plain: bool,
    /// Whether it reads the sealed cells.
    pub(super) sealed: bool,
    /// Whether it reads the terms.
    pub(super) term: bool,
    /// Which rows have something to be done.
    pub(super) rows: Need,
    /// Only rows of this firm.
    pub(super) firm: Option<FirmId>,
    /// Where the row's cells were bound to before, if elsewhere: read into [`Row::old`].
    pub(super) old: Option<OldBinding>,
}

/// The rows in which at least one pair has something to be done, said to the database. It may let through more: for these the
/// outcome is [`Outcome::Unchanged`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    All,
    /// There is plaintext, and no cell.
    Unsealed,
    /// There is a cell, and no plaintext.
    SealedWithoutPlain,
    /// There is a cell under a data key below this version.
    BelowVersion(u32),
    /// There is a cell, and its term is missing or under an index key below this version.
    StaleTerm(u32),
}

/// The columns of a row, or the one firm, that its cells were bound to before.
#[derive(Debug, Clone)]
pub(super) struct OldBinding {
    /// The columns of the row key then, in their order; empty: its cells were bound to no row.
    pub(super) row: Vec<String>,
    pub(super) firm: OldFirm,
}

/// The firm that cells were sealed for before.
#[derive(Debug, Clone)]
pub(super) enum OldFirm {
    /// The row's firm of now.
    Same,
    /// The firm that this column names.
    Column(String),
    /// This one.
    One(FirmId),
}

/// What becomes of a row whose pairs are done one by one. The first that is at fault keeps the whole row out.
fn changes(
    columns: &[SubjectColumn],
    row: &Row,
    mut one: impl FnMut(&SubjectColumn, &PairValue) -> Result<PairChange, Fault>,
) -> Result<Outcome, KeyError> {
    let mut changes = Vec::with_capacity(columns.len());
    for (pair, (column, value)) in columns.iter().zip(&row.pairs).enumerate() {
        match one(column, value) {
            Ok(change) => changes.push(change),
            Err(Fault::Row(reason)) => return Ok(Outcome::Quarantine { pair, reason }),
            Err(Fault::Keys(error)) => return Err(error),
        }
    }
    let idle = changes.iter().all(|change| matches!(change, PairChange::Keep));
    Ok(if idle { Outcome::Unchanged } else { Outcome::Write(changes) })
}

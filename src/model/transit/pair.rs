//! A legacy column and its sealed column: what is written to both and read from either, by the phase.

use super::hook::{LegacyError, LegacyHook};
use super::legacy::Legacy;
use crate::context::RowPlace;
use crate::keys::{KeyError, Phase};
use crate::model::cell::{CellKeys, not_sealed};
use crate::model::codec::Decode;
use crate::model::column::{Column, Index};
use crate::model::error::{OpenError, SealError};
use crate::model::field::SealField;
use crate::model::handle::{IndexedColumn, SealedColumn};
use crate::model::seal::Model;
use crate::sql::{Ciphertext, StoredForm, Term};
use zeroize::Zeroizing;

/// What the derive knows of a column in transit.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Pair {
    column: &'static Column,
    index: Option<&'static Index>,
    hook: Option<&'static LegacyHook>,
}

/// The pair at `position` of the model's columns.
#[doc(hidden)]
#[must_use]
pub fn pair<M: Model + ?Sized>(position: usize) -> Pair {
    Pair {
        column: &M::columns()[position],
        index: M::indexes()[position].as_ref(),
        hook: M::legacy_hooks().get(position).and_then(Option::as_ref),
    }
}

/// A value on its way into the columns of a pair, which one statement sets together.
#[doc(hidden)]
#[derive(Debug, Clone, PartialEq)]
pub struct InTransit<S, L> {
    pub cell: Option<Ciphertext<S>>,
    pub term: Option<Term<S>>,
    pub plain: Legacy<L>,
}

/// Cells, terms and legacy values of a patch, which may leave them as they are.
type Patch<S, L> = (Option<Option<Ciphertext<S>>>, Option<Option<Term<S>>>, Option<Legacy<L>>);

impl<S, L> InTransit<S, L> {
    /// NULL, which all phases write alike.
    #[must_use]
    pub fn null() -> Self {
        Self { cell: None, term: None, plain: Legacy::null() }
    }

    /// The columns' values, apart.
    #[must_use]
    pub fn split(self) -> (Option<Ciphertext<S>>, Option<Term<S>>, Legacy<L>) {
        (self.cell, self.term, self.plain)
    }

    /// The columns' values in a patch, apart.
    #[must_use]
    pub fn split_patch(patch: Option<Self>) -> Patch<S, L> {
        patch.map_or((None, None, None), |set| (Some(set.cell), Some(set.term), Some(set.plain)))
    }
}

/// A cell that could not be made, in the place of all three.
impl<S, L> From<Ciphertext<S>> for InTransit<S, L> {
    fn from(cell: Ciphertext<S>) -> Self {
        Self { cell: Some(cell), ..Self::null() }
    }
}

/// A column that is not in transit: a cell says all there is of its value.
#[diagnostic::on_unimplemented(
    message = "this column is in transit: its value may lie in the legacy column, where no single cell shows it",
    note = "load the other model's row: `#[diesel(embed)] #[encrypted]` a struct of that model in the view; or show the cell after \
            contract, when the model has no `legacy` any more"
)]
pub trait Settled: SealedColumn {}

#[doc(hidden)]
impl CellKeys {
    /// Seals a value for the columns of a pair.
    pub fn seal_pair<V: SealField + ?Sized, L>(
        &self,
        pair: Pair,
        row: &RowPlace,
        value: &V,
    ) -> Result<InTransit<V::Form, L>, SealError> {
        let phase = self.write_phase(pair)?;
        let mut set = InTransit::null();
        if phase.writes_plain() {
            set.plain = self.legacy_of(pair, phase, row, value)?;
        }
        if phase.writes_sealed() {
            set.cell = Some(self.seal_cell(pair.column, row, value)?);
            set.term = pair.index.map(|index| self.term(pair.column, index, row, value)).transpose()?;
        }
        Ok(set)
    }

    /// NULL for the columns of a pair.
    pub fn null_pair<S, L>(&self, pair: Pair) -> Result<InTransit<S, L>, SealError> {
        self.write_phase(pair).map(|_| InTransit::null())
    }

    /// Opens what the columns of a pair hold: the cell; without one the legacy value, as far as the phase reads it.
    pub fn open_pair<T: Decode, L>(
        &self,
        pair: Pair,
        row: &RowPlace,
        cell: Option<Ciphertext<T::Form>>,
        plain: Legacy<L>,
    ) -> Result<Option<T>, OpenError> {
        let (table, column) = pair.names();
        self.legacy_right(pair).inspect_err(|error| self.report(table, column, error))?;
        if let Some(cell) = cell {
            return self.open_cell(pair.column, row, cell).map(Some);
        }
        let plain = plain.into_bytes().map_err(|reason| not_sealed(pair.column, &reason))?;
        let open = |plain| self.open_legacy(pair, plain);
        plain.map(open).transpose().inspect_err(|error| self.report(table, column, error))
    }

    /// [`open_pair`](Self::open_pair) of a field that is no `Option`.
    pub fn open_required<T: Decode, L>(
        &self,
        pair: Pair,
        row: &RowPlace,
        cell: Option<Ciphertext<T::Form>>,
        plain: Legacy<L>,
    ) -> Result<T, OpenError> {
        let (table, column) = pair.names();
        self.open_pair(pair, row, cell, plain)?
            .ok_or(OpenError::NoValue { table, column })
            .inspect_err(|error| self.report(table, column, error))
    }

    fn write_phase(&self, pair: Pair) -> Result<Phase, SealError> {
        let (table, column) = pair.names();
        // Who may not seal may not write plaintext either.
        drop(self.sealing_ring()?);
        self.slot.phase(table, column).ok_or(SealError::NoPhase { table, column })
    }

    /// Refuses whoever has no right to the keys: what is not sealed yet is no less the firm's. A firm without any yet, which
    /// its first seal makes, has nothing that could have been taken away.
    fn legacy_right(&self, pair: Pair) -> Result<Phase, OpenError> {
        match self.slot.ring() {
            Ok(_) => {}
            Err(KeyError::UnknownFirm { .. }) if self.birth.is_some() => {}
            Err(error) => return Err(error.into()),
        }
        let (table, column) = pair.names();
        self.slot.phase(table, column).ok_or(OpenError::NoPhase { table, column })
    }

    fn open_legacy<T: Decode>(&self, pair: Pair, mut plain: Zeroizing<Vec<u8>>) -> Result<T, OpenError> {
        let (table, column) = pair.names();
        if !self.legacy_right(pair)?.reads_plain() {
            return Err(OpenError::Unsealed { table, column });
        }
        if pair.is_home_made() {
            plain = pair.read(&plain).map_err(|source| OpenError::Legacy { table, column, source })?;
        }
        T::decode(std::mem::take(&mut *plain)).map_err(|source| OpenError::Codec { table, column, source })
    }

    fn legacy_of<V: SealField + ?Sized, L>(
        &self,
        pair: Pair,
        phase: Phase,
        row: &RowPlace,
        value: &V,
    ) -> Result<Legacy<L>, SealError> {
        let (table, column) = pair.names();
        if !pair.is_home_made() {
            return value.field_stored(self, pair.column, row).map(Legacy::of_bytes);
        }
        let Some(write) = pair.hook.and_then(|hook| hook.write) else {
            // Safe where the cell is written: a later save by a legacy writer is a change of NULL (MIG-5).
            let nothing_left = !phase.writes_sealed();
            return if nothing_left { Err(SealError::NoLegacyWrite { table, column }) } else { Ok(Legacy::null()) };
        };
        let stored = value.field_stored(self, pair.column, row)?;
        let written = write(&stored).map_err(|source| SealError::Legacy { table, column, source })?;
        Ok(Legacy::of_bytes(Zeroizing::new(written)))
    }
}

impl Pair {
    fn names(self) -> (&'static str, &'static str) {
        (self.column.model.table, self.column.schema.column)
    }

    fn is_home_made(self) -> bool {
        self.column.schema.legacy.is_some_and(|legacy| legacy.custom)
    }

    fn read(self, stored: &[u8]) -> Result<Zeroizing<Vec<u8>>, LegacyError> {
        self.hook.map_or(Err(LegacyError::Refused), |hook| (hook.read)(stored))
    }
}

/// A candidate's value, of a cell or of the legacy column.
#[doc(hidden)]
pub fn candidate_in_transit<C: IndexedColumn, L>(
    keys: &CellKeys,
    pair: Pair,
    key: &C::Key,
    cell: Option<&Ciphertext<C::Form>>,
    plain: &Legacy<L>,
) -> Result<Option<C::Plain>, OpenError>
where
    C::Form: StoredForm,
{
    keys.open_pair(pair, &C::place(key), cell.cloned(), plain.clone())
}

//! Cells and terms of stored forms, for who has no type of the service's: migrations.

use super::CellKeys;
use crate::context::RowPlace;
use crate::index::term_bytes;
use crate::model::column::{Column, Index};
use crate::model::error::{OpenError, SealError};
use crate::model::stored::Plain;

impl CellKeys {
    /// Seals a stored form for its place.
    pub(crate) fn seal_stored(
        &self,
        column: &'static Column,
        row: &RowPlace,
        stored: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        self.seal_form(column, row, stored.len(), |out| {
            out.extend_from_slice(stored);
            Ok(())
        })
    }

    /// Opens a cell in its place to its stored form. A failure is no event: who migrates says it by row.
    pub(crate) fn open_stored(
        &self,
        column: &'static Column,
        row: &RowPlace,
        cell: &[u8],
    ) -> Result<zeroize::Zeroizing<Vec<u8>>, OpenError> {
        self.open_form(column, row, cell.to_vec()).map(zeroize::Zeroizing::new)
    }

    /// Computes the term of a stored form under the active index key.
    pub(crate) fn term_of_stored(&self, index: &'static Index, stored: &[u8]) -> Result<Vec<u8>, SealError> {
        self.form_term(index, &Plain::borrowed(stored))
    }

    /// The terms of a stored form under every live index key: one of them is stored.
    pub(crate) fn terms_of_stored(&self, index: &'static Index, stored: &[u8]) -> Result<Vec<Vec<u8>>, SealError> {
        let ring = match (index.schema.global, &self.global) {
            (false, _) => self.slot.ring()?,
            (true, Some(global)) => global.ring()?,
            (true, None) => {
                return Err(SealError::NoGlobalIndex { table: index.model.table, index: index.schema.column });
            }
        };
        let normalized = Plain::borrowed(stored);
        let normalized = normalized.normalized(&index.normalizer);
        let term = |(version, mac)| term_bytes(&index.place, version, mac, &normalized);
        Ok(ring.lookups(&index.place).map(term).collect())
    }
}

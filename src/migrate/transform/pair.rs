//! What transforms do with one pair.

use zeroize::Zeroizing;

use crate::context::RowPlace;
use crate::keys::KeyError;
use crate::migrate::convert::{self, Stored};
use crate::migrate::row::{Plain, Reason};
use crate::migrate::subject::SubjectColumn;
use crate::model::{CellKeys, LegacyError, OpenError, SealError};

/// Why a pair was not done: its row is at fault, or the keys can't be used now.
#[derive(Debug)]
pub(in crate::migrate) enum Fault {
    Row(Reason),
    Keys(KeyError),
}

impl From<Reason> for Fault {
    fn from(reason: Reason) -> Self {
        Self::Row(reason)
    }
}

impl SubjectColumn {
    /// The stored form of what the legacy column holds.
    pub(super) fn read(&self, plain: &Plain) -> Result<Stored, Reason> {
        let Some(hook) = &self.hook else { return convert::to_stored(self.column.schema().codec, plain) };
        let bytes = match plain {
            Plain::Text(text) => text.as_bytes(),
            Plain::Bytes(bytes) => bytes,
        };
        (hook.read)(bytes).map_err(|error| match error {
            LegacyError::NoForm => Reason::NotOfTheCodec,
            _ => Reason::LegacyRefused,
        })
    }

    /// What the legacy column would hold of a stored form. `bytes`: it is a binary one.
    pub(super) fn written(&self, stored: &[u8]) -> Result<Plain, Reason> {
        let Some(hook) = &self.hook else { return convert::to_plain(self.column.schema().codec, stored) };
        let write = hook.write.ok_or(Reason::LegacyRefused)?;
        let bytes = write(stored).map_err(|_| Reason::LegacyRefused)?;
        // Home-made ciphertext in a text column is text.
        Ok(match String::from_utf8(bytes) {
            Ok(text) => Plain::Text(Zeroizing::new(text)),
            Err(bytes) => Plain::Bytes(Zeroizing::new(bytes.into_bytes())),
        })
    }

    /// Cell and term of a stored form.
    pub(super) fn sealed(
        &self,
        keys: &CellKeys,
        place: &RowPlace,
        stored: &[u8],
    ) -> Result<(Vec<u8>, Option<Vec<u8>>), Fault> {
        let sealed = keys.seal_stored(self.column, place, stored).map_err(unsealed)?;
        Ok((sealed, self.term(keys, stored)?))
    }

    /// The term of a stored form, where the column has an index.
    pub(super) fn term(&self, keys: &CellKeys, stored: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        self.index.map(|index| keys.term_of_stored(index, stored)).transpose().map_err(unsealed)
    }

    /// Whether a term is the value's under a live index key. A column without an index has none.
    pub(super) fn has_term(&self, keys: &CellKeys, term: Option<&Vec<u8>>, stored: &[u8]) -> Result<bool, Fault> {
        let Some(index) = self.index else { return Ok(term.is_none()) };
        let live = keys.terms_of_stored(index, stored).map_err(unsealed)?;
        Ok(term.is_some_and(|term| live.contains(term)))
    }

    /// The stored form of a cell.
    pub(super) fn opened(&self, keys: &CellKeys, place: &RowPlace, cell: &[u8]) -> Result<Stored, Fault> {
        keys.open_stored(self.column, place, cell).map_err(|error| match error {
            OpenError::Keys(error) => Fault::Keys(error),
            _ => Fault::Row(Reason::DoesNotOpen),
        })
    }
}

fn unsealed(error: SealError) -> Fault {
    match error {
        SealError::Keys(error) => Fault::Keys(error),
        _ => Fault::Row(Reason::NotOfTheCodec),
    }
}

/// Whether a stored term is the one that `keys` compute now.
pub(super) fn is_current(
    column: &SubjectColumn,
    keys: &CellKeys,
    term: Option<&[u8]>,
    stored: &[u8],
) -> Result<bool, Fault> {
    let wanted = column.term(keys, stored)?;
    Ok(wanted.is_none() || wanted.as_deref() == term)
}

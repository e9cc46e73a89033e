//! Fields that stay closed until someone with the right asks.

use std::fmt;

use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

use super::ahead;
use super::cell::{CellKeys, not_sealed};
use super::codec::{Decode, Encode};
use super::column::{Column, Index};
use super::error::{OpenError, SealError};
use super::field::{OpenField, SealField};
use crate::context::{FirmId, RowPlace};
use crate::sql::{Ciphertext, StoredForm, Term};

/// A sealed field that stays closed when its row is loaded, and is opened by name: `client.email.open(&session)?`.
///
/// Whoever may not open it still loads, lists and serializes the row, and saves it again: a closed value is written back
/// as the cell it is, into its own place only. With a [closed session](crate::Session::closed) that takes no keys. A session
/// that holds keys seals it anew where it is of an older key than new cells are.
///
/// `Debug` and `Serialize` never show the content: `"[sealed]"`. To leave the field out of the output instead, write
/// `#[serde(skip_serializing)]` on it. There is no `Deserialize`: a redacted row that comes back would overwrite the
/// content by the redaction. Nor is there `PartialEq`: compare what `open` gives.
///
/// # Security
/// Its place is its firm, table, column and row key; anywhere else it is [`SealError::Moved`]. In a model with `row = none`
/// there is no row key to tell rows apart: a closed value can be saved into any row of its column, in its firm, and opens
/// there, as its cell would if somebody moved it in the database. Give such a model a row key if that matters.
///
/// A value that a [view](macro@crate::Encrypted#views) shows has no firm beside it: whoever opens it shows whose it is, and it is
/// saved only with keys that open it.
///
/// # Examples
/// ```text
/// #[encrypted]
/// diagnosis: Option<Protected<String>>,
///
/// let text = patient.diagnosis.as_ref().map(|diagnosis| diagnosis.open(&session)).transpose()?;
/// patient.diagnosis = Some(Protected::new("…".to_owned()));
/// ```
#[derive(Clone)]
pub struct Protected<T>(State<T>);

#[derive(Clone)]
enum State<T> {
    /// Set by the application, not sealed yet.
    New(T),
    Closed(Box<Closed>),
}

/// A cell and where it belongs.
#[derive(Clone)]
struct Closed {
    /// The row's; unknown where a view shows the cell.
    firm: Option<FirmId>,
    column: &'static Column,
    row: RowPlace,
    cell: Vec<u8>,
    term: Option<Vec<u8>>,
}

impl<T> Protected<T> {
    /// A new value, to be sealed when its row is.
    pub const fn new(value: T) -> Self {
        Self(State::New(value))
    }

    /// Whether this is a cell as it was loaded, rather than a new value.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.0, State::Closed(_))
    }
}

impl<T> From<T> for Protected<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Decode + Clone> Protected<T> {
    /// Opens the value. The field itself stays closed. A new value is given as it is.
    ///
    /// # Errors
    /// [`OpenError`]: the session is another firm's, has no right to the keys, or the cell is not authentic in the place
    /// where it was loaded.
    pub fn open(&self, session: &impl AsRef<CellKeys>) -> Result<T, OpenError> {
        match &self.0 {
            State::New(value) => Ok(value.clone()),
            State::Closed(closed) => closed.open(session.as_ref()),
        }
    }
}

impl Closed {
    fn open<T: Decode>(&self, keys: &CellKeys) -> Result<T, OpenError> {
        if let Some(firm) = &self.firm {
            keys.check_open(self.column.model, firm)?;
        }
        keys.open_cell(self.column, &self.row, Ciphertext::from_bytes(self.cell.clone()))
    }

    /// The cell again, if it goes back to where it came from; sealed anew if it is of an older key than the session seals
    /// under, or a saved row would keep that key in use.
    fn sealed<S: StoredForm>(
        &self,
        keys: &CellKeys,
        column: &'static Column,
        row: &RowPlace,
    ) -> Result<Ciphertext<S>, SealError> {
        let cell = Ciphertext::from_bytes(self.cell.clone());
        let same = self.column.is_place_of(column) && self.row == *row;
        let own =
            || self.firm.as_ref().map_or_else(|| ahead::opens(&cell, keys, column, row), |firm| *firm == keys.firm);
        let (table, name) = (column.model.table, column.schema.column);
        if !same || !own() {
            return Err(SealError::Moved { table, column: name });
        }
        Ok(ahead::renewed(&cell, keys, column, row)?.unwrap_or(cell))
    }

    /// The term that was loaded with the cell; computed anew as the cell is sealed anew.
    fn term<S: StoredForm>(&self, keys: &CellKeys, index: &'static Index) -> Result<Option<Term<S>>, SealError> {
        let Some(term) = self.term.clone() else { return Ok(None) };
        let cell = Ciphertext::from_bytes(self.cell.clone());
        let renewed = ahead::renewed_term(&cell, &term, keys, (self.column, index), &self.row)?;
        Ok(Some(renewed.unwrap_or_else(|| Term::from_bytes(term))))
    }
}

impl<T> SealField for Protected<T>
where
    T: Encode,
{
    type Form = T::Form;

    fn seal_field(
        &self,
        keys: &CellKeys,
        column: &'static Column,
        row: &RowPlace,
    ) -> Result<Ciphertext<T::Form>, SealError> {
        match &self.0 {
            State::New(value) => keys.seal_value(column, row, value),
            State::Closed(closed) => closed.sealed(keys, column, row),
        }
    }

    fn field_term(
        &self,
        keys: &CellKeys,
        _: &'static Column,
        index: &'static Index,
        _: &RowPlace,
    ) -> Result<Term<T::Form>, SealError> {
        let (table, column) = (index.model.table, index.column.column);
        match &self.0 {
            State::New(value) => keys.value_term(index, value),
            State::Closed(closed) => closed.term(keys, index)?.ok_or(SealError::Moved { table, column }),
        }
    }

    // The derive refuses `Protected` in transit: a legacy value can't stay closed. Where a type hides it, what is closed is
    // opened here.
    fn field_stored(
        &self,
        keys: &CellKeys,
        column: &'static Column,
        row: &RowPlace,
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        match &self.0 {
            State::New(value) => value.field_stored(keys, column, row),
            State::Closed(closed) => closed.sealed::<T::Form>(keys, column, row)?.field_stored(keys, column, row),
        }
    }
}

impl<T: Decode> OpenField for Protected<T> {
    type Form = T::Form;
    type Plain = T;

    const CLOSED: bool = true;

    fn open_field(
        keys: &CellKeys,
        column: &'static Column,
        row: &RowPlace,
        cell: Ciphertext<T::Form>,
        term: Option<Term<T::Form>>,
    ) -> Result<Self, OpenError> {
        let not_sealed = |reason| not_sealed(column, &reason);
        let cell = cell.into_stored().map_err(not_sealed)?;
        let term = term.map(Term::into_stored).transpose().map_err(not_sealed)?;
        let (firm, row) = (Some(keys.firm.clone()), row.clone());
        Ok(Self(State::Closed(Box::new(Closed { firm, column, row, cell, term }))))
    }

    fn of_unknown_firm(mut self) -> Self {
        if let State::Closed(closed) = &mut self.0 {
            closed.firm = None;
        }
        self
    }
}

impl<T> fmt::Debug for Protected<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_closed() { "Protected(closed)" } else { "Protected(new)" })
    }
}

/// Always `"[sealed]"`, whether closed or new.
impl<T> Serialize for Protected<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("[sealed]")
    }
}

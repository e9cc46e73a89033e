//! Column handles, `Client::email()`: one sealed column, for queries and single cells.

mod columns;
mod scoped;
mod settable;

use std::marker::PhantomData;

use super::cell::CellKeys;
use super::codec::Encode;
use super::error::{LookupError, OpenError, SealError};
use super::finder::Finder;
use super::schema::Owner;
use super::seal::Model;
use super::stored::{Plain, stored};
use super::transit::{Unsealed, to_compare, to_find};
use crate::context::FirmId;
use crate::index::term_bytes;
use crate::sql::{Ciphertext, Term};

pub use columns::{FullWidth, IndexedColumn, NullableColumn, Sealed, SealedColumn, TermKeys, TermSlot};
pub use settable::Settable;

/// One sealed column of a model, by the generated `Model::field()`.
///
/// # Examples
/// ```text
/// clients::table.filter(Client::email().eq(&session, "A@b.c")?)
/// diesel::update(clients::table.find(id)).set(Client::email().set(&session, id, "new@b.c")?)
/// let cell = clients::table.select(Client::notes().cell()).first(conn)?;
/// let notes = Client::notes().open(&session, cell)?;
/// ```
pub struct Handle<C>(PhantomData<C>);

impl<C: SealedColumn> Handle<C> {
    #[doc(hidden)]
    #[must_use]
    #[allow(clippy::new_without_default, reason = "made by generated code only")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }

    /// Row key and cell, selectable beside other columns and in joins; what it loads is opened by [`open`](Self::open).
    #[must_use]
    pub fn cell(self) -> C::Cell {
        C::Cell::default()
    }

    /// Seals one value for the row of this key.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn seal<V>(
        self,
        session: &impl AsRef<CellKeys>,
        key: &C::Key,
        value: &V,
    ) -> Result<Ciphertext<C::Form>, SealError>
    where
        V: Encode<Form = C::Form> + ?Sized,
    {
        C::Model::check_key(session.as_ref(), key)?;
        session.as_ref().seal_cell(C::column(), &C::place(key), value)
    }

    /// Opens one cell, as [`cell`](Self::cell) loads it: row key and ciphertext.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(self, session: &impl AsRef<CellKeys>, cell: C::Loaded) -> Result<C::Opened, OpenError> {
        C::open(session.as_ref(), cell)
    }

    /// Opens one cell of a left join, as `cell().nullable()` loads it.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open_option(
        self,
        session: &impl AsRef<CellKeys>,
        cell: Option<C::Loaded>,
    ) -> Result<Option<C::Opened>, OpenError> {
        cell.map(|cell| C::open(session.as_ref(), cell)).transpose()
    }

    /// Assigns a new value: cell and term together. For `diesel::update(…).set(…)`, also several in a tuple.
    ///
    /// A cell is bound to the row of `key` and to the session's firm, and the assignment holds there only: an update that
    /// meets another row fails with *this cell was sealed for another row or firm*, and changes nothing. (MySQL says *Subquery
    /// returns more than 1 row*, and under `IGNORE` stores NULL instead: leave that out.)
    ///
    /// Assign no key column in the same statement: the row is told by the key that it has before. A form gives a row a new key,
    /// by [`seal_for`](crate::Session::seal_for), with every sealed column.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn set<V: Settable<C>>(
        self,
        session: &impl AsRef<CellKeys>,
        key: impl Into<C::Key>,
        value: V,
    ) -> Result<C::Changes, SealError> {
        let key = key.into();
        C::Model::check_key(session.as_ref(), &key)?;
        let (cell, term) = value.seal_change(session.as_ref(), &C::place(&key))?;
        Ok(C::changes(session.as_ref().firm(), key, cell, term))
    }
}

// The bounds stand at the functions, where their messages are seen. Parameters for term column and predicate let rustc find the
// function, and say what it misses, of a column that has none.
impl<C: SealedColumn> Handle<C> {
    /// Computes the term to be stored beside the cell that [`seal`](Self::seal) makes of the same value.
    ///
    /// For writes that pass by models and [`set`](Self::set), such as COPY. Lookups take [`eq`](Self::eq) or
    /// [`find`](Self::find), which ask for every live version of the index key; this is the version for writing.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn term<V>(self, session: &impl AsRef<CellKeys>, value: &V) -> Result<Term<C::Form>, SealError>
    where
        C: IndexedColumn,
        V: Encode<Form = C::Form> + ?Sized,
    {
        session.as_ref().check_seal_owner::<C::Model>()?;
        session.as_ref().value_term(C::index(), value)
    }

    /// A predicate that is true of the rows whose value equals `value` after normalizing.
    ///
    /// `NULL` equals nothing. Composes with other filters, joins and `or`. It asks for every live version of the index
    /// key; of a column in transit also for the rows that are not sealed yet.
    ///
    /// # Errors
    /// [`LookupError`], never an empty answer. [`LookupError::InTransit`]: the values are normalized, or home-made ciphertext, and
    /// not all sealed; [`find`](Self::find) finds them.
    pub fn eq<S, V, T, P>(self, keys: &S, value: V) -> Result<P, LookupError>
    where
        C: IndexedColumn<TermColumn = T, Found = P> + FullWidth,
        S: TermKeys<C::Scope>,
        V: Encode<Form = C::Form>,
    {
        predicate::<C>(keys.term_slot(), &value)
    }

    /// The terms that [`eq`](Self::eq) asks for, one for each live version of the index key.
    ///
    /// For the term column where `eq` does not reach: of an alias, `others.field(clients::email_term).eq_any(terms)`, or
    /// in raw SQL.
    ///
    /// # Errors
    /// [`LookupError`]; [`LookupError::InTransit`] while rows without a term are to be found too.
    pub fn terms<S, V>(self, keys: &S, value: V) -> Result<Vec<Term<C::Form>>, LookupError>
    where
        C: IndexedColumn + FullWidth,
        S: TermKeys<C::Scope>,
        V: Encode<Form = C::Form>,
    {
        let slot = keys.term_slot();
        let (table, column) = (C::column().model.table, C::column().schema.column);
        match to_find::<C>(slot.0, &normalized::<C>(&value)?)? {
            Unsealed::Nothing => terms::<C>(slot, &value),
            _ => Err(LookupError::InTransit { table, column }),
        }
    }

    /// Looks a value up by a query of yours, opens what it finds and keeps what really equals; for any number of bits.
    ///
    /// # Errors
    /// [`LookupError`], never an empty answer.
    pub fn find<S, V>(self, keys: &S, value: V) -> Result<Finder<C>, LookupError>
    where
        C: IndexedColumn,
        S: TermKeys<C::Scope>,
        V: Encode<Form = C::Form>,
    {
        let slot = keys.term_slot();
        let normalized = normalized::<C>(&value)?;
        let unsealed = to_find::<C>(slot.0, &normalized)?;
        Ok(Finder::new(terms::<C>(slot, &value)?, unsealed, normalized))
    }
}

/// The predicate of rows whose value equals.
fn predicate<C: IndexedColumn>(
    slot: TermSlot<'_>,
    value: &impl Encode<Form = C::Form>,
) -> Result<C::Found, LookupError> {
    let unsealed = to_compare::<C>(slot.0, &normalized::<C>(value)?)?;
    Ok(C::found(terms::<C>(slot, value)?, unsealed))
}

/// The terms that a lookup asks for, one for each live version of the index key.
fn terms<C: IndexedColumn>(
    slot: TermSlot<'_>,
    value: &impl Encode<Form = C::Form>,
) -> Result<Vec<Term<C::Form>>, LookupError> {
    check_owner::<C>(slot.0.firm())?;
    let ring = slot.0.ring()?;
    let (index, normalized) = (C::index(), normalized::<C>(value)?);
    let term = |(version, mac)| Term::from_bytes(term_bytes(&index.place, version, mac, &normalized));
    Ok(ring.lookups(&index.place).map(term).collect())
}

/// Refuses terms under keys of the wrong sort, platform or firm, which no row has: they would find nothing.
fn check_owner<C: IndexedColumn>(firm: &FirmId) -> Result<(), LookupError> {
    let index = C::index();
    let platform = index.schema.global || matches!(index.model.owner, Owner::Platform);
    if platform == (*firm == FirmId::Platform) && (platform || C::Model::can_be_owned_by(firm)) {
        return Ok(());
    }
    Err(LookupError::WrongSession { model: index.model.model, firm: firm.clone() })
}

/// The value as the index sees it.
pub(crate) fn normalized<C: IndexedColumn>(value: &impl Encode<Form = C::Form>) -> Result<Plain<'static>, LookupError> {
    let index = C::index();
    let (table, column) = (index.model.table, index.column.column);
    let stored = stored(value).map_err(|source| LookupError::Codec { table, column, source })?;
    Ok(stored.normalized(&index.normalizer).into_owned())
}

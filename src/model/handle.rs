//! Column handles, `Client::email()`: one sealed column, for queries and single cells.

use std::marker::PhantomData;

use diesel::ExpressionMethods;
use diesel::dsl::EqAny;
use diesel::expression::{AsExpression, Expression, TypedExpressionType};
use diesel::sql_types::SqlType;

use super::ambient;
use super::cell::{CellKeys, stored};
use super::codec::{Decode, Encode};
use super::column::{Column, Index};
use super::error::{LookupError, OpenError, SealError, Unasked};
use super::finder::Finder;
use super::schema::Owner;
use super::seal::Model;
use crate::context::{FirmId, RowPlace};
use crate::index::term_bytes;
use crate::keys::live::LiveSlot;
use crate::sql::{Ciphertext, Deferred, StoredForm, Term};

/// A sealed column of a model: what its derive knows of it.
pub trait SealedColumn: Copy + Default + 'static {
    /// The stored form.
    type Form: StoredForm;
    /// What one cell opens to.
    type Plain: Decode<Form = Self::Form> + Encode<Form = Self::Form>;
    /// The cell's part of a twin: `Ciphertext`, or an option of it.
    type Value;
    /// The row key's Rust type; `()` for `row = none`.
    type Key;
    /// The model.
    #[doc(hidden)]
    type Model: Model<RowKey = Self::Key>;
    /// Row key and cell, selectable.
    type Cell: Default;
    /// What [`Self::Cell`] loads as: row key and cell; the cell alone for `row = none`.
    type Loaded;
    /// What a loaded cell opens to: the value, or an option of it.
    type Opened;
    /// The assignments of [`Handle::set`]: row key, cell and term.
    type Changes;

    /// The column's static.
    fn column() -> &'static Column;

    /// The row's place.
    fn place(key: &Self::Key) -> RowPlace;

    /// Opens a loaded cell.
    #[doc(hidden)]
    fn open(keys: &CellKeys, loaded: Self::Loaded) -> Result<Self::Opened, OpenError>;

    /// Assigns a sealed cell and its term, together with the row key and the firm that the cell is bound to.
    fn changes(firm: &FirmId, key: Self::Key, cell: Self::Value, term: Option<Term<Self::Form>>) -> Self::Changes;

    /// The term of a value, where the column has an index.
    #[doc(hidden)]
    fn term<V>(keys: &CellKeys, value: &V) -> Result<Option<Term<Self::Form>>, SealError>
    where
        V: Encode<Form = Self::Form> + ?Sized;
}

/// A sealed column with a blind index.
#[diagnostic::on_unimplemented(
    message = "this column has no blind index",
    note = "declare one on the model's field: `#[encrypted(index(email_term, normalize = email))]`"
)]
pub trait IndexedColumn: SealedColumn {
    /// The term column.
    type TermColumn: Default + Expression;
    /// [`FirmScope`](super::FirmScope) or [`GlobalScope`](super::GlobalScope).
    type Scope;

    /// The index's static.
    fn index() -> &'static Index;
}

/// A blind index of 128 bits, whose terms decide equality by themselves.
#[diagnostic::on_unimplemented(
    message = "this column has no blind index of 128 bits: terms of fewer bits also match other values",
    note = "use `.find(&session, value)?`, which opens and re-checks what it finds, or declare the index with all 128 bits"
)]
pub trait FullWidth: IndexedColumn {}

/// Keys that terms of a scope are computed under: a session for an index of its firm,
/// [`GlobalIndex`](crate::GlobalIndex) for a global one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't compute the terms of this index",
    note = "an index of a firm takes the session; a global index takes `vault.global_index().await?`"
)]
pub trait TermKeys<Scope> {
    #[doc(hidden)]
    fn term_slot(&self) -> TermSlot<'_>;
}

/// Keys lent for computing terms.
#[doc(hidden)]
pub struct TermSlot<'k>(pub(crate) &'k LiveSlot);

/// A cell and its term, to be assigned.
type Change<C> = (<C as SealedColumn>::Value, Option<Term<<C as SealedColumn>::Form>>);

/// A value for [`Handle::set`]: the plaintext, or an `Option` of it for a nullable column.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be set into this sealed column",
    note = "a nullable column takes the value or `Some(value)` or `None`; a column that is not nullable takes the value"
)]
pub trait Settable<C: SealedColumn> {
    #[doc(hidden)]
    fn seal_change(&self, keys: &CellKeys, row: &RowPlace) -> Result<Change<C>, SealError>;
}

impl<C, V> Settable<C> for V
where
    C: SealedColumn,
    C::Value: From<Ciphertext<C::Form>>,
    V: Encode<Form = C::Form>,
{
    fn seal_change(&self, keys: &CellKeys, row: &RowPlace) -> Result<Change<C>, SealError> {
        let cell = keys.seal_cell(C::column(), row, self)?;
        Ok((cell.into(), C::term(keys, self)?))
    }
}

impl<C, V> Settable<C> for Option<V>
where
    C: SealedColumn<Value = Option<Ciphertext<<C as SealedColumn>::Form>>>,
    V: Encode<Form = C::Form>,
{
    fn seal_change(&self, keys: &CellKeys, row: &RowPlace) -> Result<Change<C>, SealError> {
        let cell = self.as_ref().map(|value| keys.seal_cell(C::column(), row, value)).transpose()?;
        let term = self.as_ref().map(|value| C::term(keys, value)).transpose()?;
        Ok((cell, term.flatten()))
    }
}

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

    /// Assigns a new value: cell and term together. For `diesel::update(…).set(…)`.
    ///
    /// A row-bound cell is bound to `key`, and the assignment also sets the key column to it: in an update of another
    /// row the database refuses, or the row stays readable.
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

// The bounds stand at the functions, where their messages are seen.
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
    /// key.
    ///
    /// # Errors
    /// [`LookupError`], never an empty answer.
    #[allow(clippy::type_complexity, reason = "Diesel's own name of the predicate's type")]
    pub fn eq<S, V>(self, keys: &S, value: V) -> Result<EqAny<C::TermColumn, Vec<Term<C::Form>>>, LookupError>
    where
        C: IndexedColumn + FullWidth,
        S: TermKeys<C::Scope>,
        V: Encode<Form = C::Form>,
        C::TermColumn: ExpressionMethods,
        <C::TermColumn as Expression>::SqlType: SqlType + TypedExpressionType,
        Term<C::Form>: AsExpression<<C::TermColumn as Expression>::SqlType>,
    {
        Ok(C::TermColumn::default().eq_any(self.terms(keys, value)?))
    }

    /// The terms that [`eq`](Self::eq) asks for, one for each live version of the index key.
    ///
    /// For the term column where `eq` does not reach: of an alias, `others.field(clients::email_term).eq_any(terms)`, or
    /// in raw SQL.
    ///
    /// # Errors
    /// [`LookupError`].
    pub fn terms<S, V>(self, keys: &S, value: V) -> Result<Vec<Term<C::Form>>, LookupError>
    where
        C: IndexedColumn + FullWidth,
        S: TermKeys<C::Scope>,
        V: Encode<Form = C::Form>,
    {
        terms::<C>(keys.term_slot(), &value)
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
        let terms = terms::<C>(keys.term_slot(), &value)?;
        Ok(Finder::new(terms, normalized::<C>(&value)?))
    }
}

// The keys of the scope. Errors wait until Diesel binds the value: the statement fails and says why.
impl<C: SealedColumn> Handle<C> {
    /// [`set`](Self::set) with the session [in scope](crate::Session::scope). What can't be sealed fails the statement.
    pub fn scoped_set<V>(self, key: impl Into<C::Key>, value: V) -> C::Changes
    where
        C::Value: From<Ciphertext<C::Form>>,
        C::Key: Clone,
        V: Settable<C>,
    {
        let (model, key) = (C::column().model, key.into());
        let keys = ambient::keys_for(model).map_err(SealError::from);
        let changes = keys.and_then(|keys| self.set(&*keys, key.clone(), value));
        changes.unwrap_or_else(|error| {
            let error = Deferred::new(error);
            let (cell, term) = (Ciphertext::failed(error.clone()), Term::failed(error));
            C::changes(&FirmId::Platform, key, cell.into(), Some(term))
        })
    }

    /// [`seal`](Self::seal) with the session [in scope](crate::Session::scope).
    ///
    /// # Errors
    /// [`SealError`].
    pub fn scoped_seal<V>(self, key: &C::Key, value: &V) -> Result<Ciphertext<C::Form>, SealError>
    where
        V: Encode<Form = C::Form> + ?Sized,
    {
        self.seal(&*ambient::keys_for(C::column().model)?, key, value)
    }

    /// [`open`](Self::open) with the session [in scope](crate::Session::scope).
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn scoped_open(self, cell: C::Loaded) -> Result<C::Opened, OpenError> {
        self.open(&*ambient::keys_for(C::column().model)?, cell)
    }

    /// [`open_option`](Self::open_option) with the session [in scope](crate::Session::scope).
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn scoped_open_option(self, cell: Option<C::Loaded>) -> Result<Option<C::Opened>, OpenError> {
        cell.map(|cell| self.scoped_open(cell)).transpose()
    }

    /// [`eq`](Self::eq) with the session [in scope](crate::Session::scope). What can't be looked up fails the statement.
    #[allow(clippy::type_complexity, reason = "Diesel's own name of the predicate's type")]
    pub fn scoped_eq<V>(self, value: V) -> EqAny<C::TermColumn, Vec<Term<C::Form>>>
    where
        C: IndexedColumn + FullWidth,
        V: Encode<Form = C::Form>,
        C::TermColumn: ExpressionMethods,
        <C::TermColumn as Expression>::SqlType: SqlType + TypedExpressionType,
        Term<C::Form>: AsExpression<<C::TermColumn as Expression>::SqlType>,
    {
        let terms = scoped_terms::<C>(&value);
        let terms = terms.unwrap_or_else(|error| vec![Term::failed(Deferred::new(Unasked::from(error)))]);
        C::TermColumn::default().eq_any(terms)
    }
}

fn scoped_terms<C: IndexedColumn>(value: &impl Encode<Form = C::Form>) -> Result<Vec<Term<C::Form>>, LookupError> {
    let index = C::index();
    let keys = ambient::keys_for(index.model)?;
    let global = || LookupError::NoGlobalIndex { table: index.model.table, index: index.schema.column };
    let slot = if index.schema.global { keys.global.as_ref().ok_or_else(global)? } else { &keys.slot };
    terms::<C>(TermSlot(slot), value)
}

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
pub(crate) fn normalized<C: IndexedColumn>(value: &impl Encode<Form = C::Form>) -> Result<Vec<u8>, LookupError> {
    let index = C::index();
    let (table, column) = (index.model.table, index.column.column);
    let stored = stored(value).map_err(|source| LookupError::Codec { table, column, source })?;
    Ok(index.normalizer.normalize(&stored).into_owned())
}

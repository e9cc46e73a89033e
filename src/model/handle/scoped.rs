//! Handles with the session in scope.

use super::{FullWidth, Handle, IndexedColumn, SealedColumn, Settable, TermSlot, predicate};
use crate::context::FirmId;
use crate::model::ambient;
use crate::model::codec::Encode;
use crate::model::error::{LookupError, OpenError, SealError, Unasked};
use crate::model::transit::Unsealed;
use crate::sql::{Ciphertext, Deferred, Term};

// The keys of the scope. Errors wait until Diesel binds the value: the statement fails and says why.
impl<C: SealedColumn> Handle<C> {
    /// [`set`](Self::set) with the session [in scope](crate::Session::scope). What can't be sealed fails the statement.
    pub fn scoped_set<V>(self, key: impl Into<C::Key>, value: V) -> C::Changes
    where
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
    pub fn scoped_eq<V, T, P>(self, value: V) -> P
    where
        C: IndexedColumn<TermColumn = T, Found = P> + FullWidth,
        V: Encode<Form = C::Form>,
    {
        scoped_predicate::<C>(&value).unwrap_or_else(|error| {
            let failed = Term::failed(Deferred::new(Unasked::from(error)));
            C::found(vec![failed], Unsealed::Nothing)
        })
    }
}

fn scoped_predicate<C: IndexedColumn>(value: &impl Encode<Form = C::Form>) -> Result<C::Found, LookupError> {
    let index = C::index();
    let keys = ambient::keys_for(index.model)?;
    let global = || LookupError::NoGlobalIndex { table: index.model.table, index: index.schema.column };
    let slot = if index.schema.global { keys.global.as_ref().ok_or_else(global)? } else { &keys.slot };
    predicate::<C>(TermSlot(slot), value)
}

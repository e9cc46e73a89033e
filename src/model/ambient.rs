//! The keys in scope: what ambient models seal and open with (`#[encrypted(ambient)]`).
//!
//! Diesel calls a model's `values()`, `as_changeset()` and `build()` without any room for a session. They run in the
//! thread that builds the statement, or polls the load; a scope is therefore a value of the thread, which a scoped
//! future sets for the time of each poll. Nothing inherits it: a lost scope is an error.

use std::cell::RefCell;
use std::sync::Arc;

use arc_swap::ArcSwapOption;

use super::cell::CellKeys;
use super::error::{OpenError, SealError};
use super::open::Open;
use super::schema::{ModelSchema, Owner};
use crate::context::FirmId;
use crate::keys::KeyError;
use crate::sql::{Deferred, boxed};

thread_local! {
    static SCOPE: RefCell<Option<Scope>> = const { RefCell::new(None) };
}

/// Keys, and the task that entered: a runtime that is run within a scope polls other tasks too, which have none.
struct Scope {
    keys: Arc<CellKeys>,
    #[cfg(feature = "async")]
    task: Option<tokio::task::Id>,
}

impl Scope {
    #[cfg(feature = "async")]
    fn new(keys: Arc<CellKeys>) -> Self {
        Self { keys, task: tokio::task::try_id() }
    }

    #[cfg(not(feature = "async"))]
    fn new(keys: Arc<CellKeys>) -> Self {
        Self { keys }
    }

    #[cfg(feature = "async")]
    fn is_own(&self) -> bool {
        self.task == tokio::task::try_id()
    }

    #[cfg(not(feature = "async"))]
    fn is_own(&self) -> bool {
        true
    }
}

/// The platform's keys, for platform models outside of any scope. One a process: its newest vault's.
static PLATFORM: ArcSwapOption<Installed> = ArcSwapOption::const_empty();

/// The platform's session of a process.
pub(crate) struct Installed {
    pub(crate) keys: Arc<CellKeys>,
    /// Loads expired keys again, in the calling thread, or says why that has to wait.
    pub(crate) renew: Box<dyn Fn() -> Result<(), KeyError> + Send + Sync>,
}

/// A scope that was entered; left when it is dropped.
pub(crate) struct Entered {
    outer: Option<Scope>,
}

/// Enters a scope of these keys, within the one that there is.
pub(crate) fn enter(keys: Arc<CellKeys>) -> Entered {
    Entered { outer: SCOPE.with_borrow_mut(|scope| scope.replace(Scope::new(keys))) }
}

impl Drop for Entered {
    fn drop(&mut self) {
        // A thread that ends has no scope any more.
        let _ = SCOPE.try_with(|scope| *scope.borrow_mut() = self.outer.take());
    }
}

/// The keys of the innermost scope.
pub(crate) fn current() -> Option<Arc<CellKeys>> {
    let own = |scope: &RefCell<Option<Scope>>| {
        scope.borrow().as_ref().filter(|scope| scope.is_own()).map(|scope| scope.keys.clone())
    };
    SCOPE.try_with(own).ok().flatten()
}

pub(crate) fn install(platform: Installed) {
    PLATFORM.store(Some(Arc::new(platform)));
}

/// The keys for a model: the scope's. The platform's models also have the installed ones; no other model sees those.
pub(crate) fn keys_for(model: &'static ModelSchema) -> Result<Arc<CellKeys>, KeyError> {
    let scope = current();
    match model.owner {
        Owner::Column(_) => scope.ok_or(KeyError::NoScope { model: model.model }),
        Owner::Platform => match scope {
            Some(scope) if scope.firm == FirmId::Platform => Ok(scope),
            // Code without the right to its firm's keys has none to the platform's.
            Some(scope) if scope.slot.is_closed() => Err(KeyError::Closed { firm: FirmId::Platform }),
            // A firm's request may also read the service's own data, never with the firm's keys.
            _ => installed()?.ok_or(KeyError::NoPlatform { model: model.model }),
        },
    }
}

fn installed() -> Result<Option<Arc<CellKeys>>, KeyError> {
    let Some(installed) = PLATFORM.load_full() else { return Ok(None) };
    if let Err(KeyError::Expired { .. }) = installed.keys.slot.ring() {
        (installed.renew)()?;
    }
    Ok(Some(installed.keys.clone()))
}

/// Seals with the keys in scope, or gives the twin of an error, which Diesel meets when it binds the first cell.
#[doc(hidden)]
pub fn seal<T>(
    model: &'static ModelSchema,
    seal: impl FnOnce(&CellKeys) -> Result<T, SealError>,
    fail: impl FnOnce(&Failure) -> T,
) -> T {
    let sealed = keys_for(model).map_err(SealError::from).and_then(|keys| seal(&keys));
    sealed.unwrap_or_else(|error| fail(&Failure(Deferred::new(error))))
}

/// Why a row was not sealed, to be put in place of its cells.
#[doc(hidden)]
pub struct Failure(Deferred);

impl Failure {
    /// In place of a cell.
    #[must_use]
    pub fn cell<S>(&self) -> crate::sql::Ciphertext<S> {
        crate::sql::Ciphertext::failed(self.0.clone())
    }

    /// In place of a legacy value.
    #[must_use]
    pub fn legacy<L>(&self) -> super::transit::Legacy<L> {
        super::transit::Legacy::failed(self.0.clone())
    }

    /// In place of a term.
    #[must_use]
    pub fn term<S>(&self) -> crate::sql::Term<S> {
        crate::sql::Term::failed(self.0.clone())
    }
}

/// Opens a loaded row with the keys in scope. `closed` names the row's firm if all its cells stay closed, which takes
/// no keys.
///
/// # Errors
/// Never [`NotFound`](diesel::NotFound) or `UnexpectedNullError`: a row that does not open is no missing row.
#[doc(hidden)]
pub fn open<T: Open>(
    model: &'static ModelSchema,
    sealed: T,
    closed: impl FnOnce(&T) -> Option<FirmId>,
) -> diesel::deserialize::Result<T::Opened> {
    let keys = keys_for(model).or_else(|none| closed(&sealed).map(|firm| Arc::new(CellKeys::closed(firm))).ok_or(none));
    let keys = keys.map_err(|error| boxed(OpenError::from(error)))?;
    sealed.open(&keys).map_err(boxed)
}

//! The vault without async.

use std::future::Future;
use std::thread;

use super::many::{firms, open_all};
use super::{GlobalIndex, OpenManyError, Session, Vault};
use crate::context::FirmId;
use crate::keys::wait::here;
use crate::keys::{Creation, KeyError};
use crate::model::{HasFirm, Open};

/// [`Vault`] for services without tokio: each call waits in its thread. Sessions are the same.
///
/// Do not call it from async code: it would hold up an executor's thread. It answers there too, though: it waits for
/// nothing that this thread would have to do.
#[derive(Debug, Clone)]
pub struct BlockingVault(Vault);

impl BlockingVault {
    /// `vault` loads apart from those who do not hold up their thread.
    pub(super) fn new(vault: Vault) -> Self {
        Self(vault)
    }

    pub(super) fn vault(&self) -> &Vault {
        &self.0
    }

    /// [`Vault::initialize`].
    ///
    /// # Errors
    /// As there.
    pub fn initialize(&self) -> Result<Creation, KeyError> {
        run(self.0.initialize())
    }

    /// [`Vault::create_firm`].
    ///
    /// # Errors
    /// As there.
    pub fn create_firm(&self, firm: impl Into<FirmId>) -> Result<Creation, KeyError> {
        run(self.0.create_firm(firm.into()))
    }

    /// [`Vault::session`].
    ///
    /// # Errors
    /// As there.
    pub fn session(&self, firm: impl Into<FirmId>) -> Result<Session, KeyError> {
        run(self.0.session(firm.into()))
    }

    /// [`Vault::platform`].
    ///
    /// # Errors
    /// As there.
    pub fn platform(&self) -> Result<Session, KeyError> {
        run(self.0.platform())
    }

    /// [`Vault::global_index`].
    ///
    /// # Errors
    /// As there.
    pub fn global_index(&self) -> Result<GlobalIndex, KeyError> {
        run(self.0.global_index())
    }

    /// [`Vault::open`].
    ///
    /// # Errors
    /// As there.
    pub fn open<T: Open + HasFirm>(&self, rows: Vec<T>) -> Result<Vec<T::Opened>, OpenManyError> {
        let sessions = run(self.0.sessions(firms(&rows)))?;
        open_all(&sessions, rows)
    }

    /// [`Vault::revoke`].
    ///
    /// # Errors
    /// As there.
    pub fn revoke(&self, firm: impl Into<FirmId>) -> Result<(), KeyError> {
        run(self.0.revoke(firm.into()))
    }

    /// [`Vault::leave`].
    ///
    /// # Errors
    /// As there.
    pub fn leave(&self) -> Result<(), KeyError> {
        run(self.0.leave())
    }
}

/// Waits for `future` in this thread.
pub(super) fn run<F>(future: F) -> F::Output
where
    F: Future + Send,
    F::Output: Send,
{
    // Within a runtime another can't be started, and this one's I/O rests while its thread waits.
    #[cfg(feature = "async")]
    if tokio::runtime::Handle::try_current().is_ok() {
        return detached(future);
    }
    here(future)
}

/// Waits for `future` on a thread of its own, so that it works within a runtime too.
pub(super) fn detached<F>(future: F) -> F::Output
where
    F: Future + Send,
    F::Output: Send,
{
    thread::scope(|scope| {
        let joined = scope.spawn(|| here(future)).join();
        joined.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

//! Scopes: where ambient models (`#[encrypted(ambient)]`) find their session.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::stream::Stream;
use pin_project_lite::pin_project;

use super::renewal::Renewal;
use super::{BlockingVault, Session, Vault, blocking};
use crate::context::FirmId;
use crate::keys::KeyError;
use crate::model::CellKeys;
use crate::model::ambient::{self, Installed};

impl Session {
    /// Runs async Diesel code in whose statements and loads ambient models seal and open with this session.
    ///
    /// The closure is called at once, in the scope, and the future that it gives is polled in it: build the query within
    /// the closure, since values are sealed where they enter a statement. Scopes nest; the inner one counts.
    ///
    /// ```
    /// # use fieldseal::testing;
    /// # async fn execute() -> i32 { 1 }
    /// # pollster::block_on(async {
    /// let session = testing::vault().session(42i64).await?;
    /// let rows = session.scope(|| execute()).await;
    /// let rows = session.scope(async || execute().await).await;
    /// # Ok::<_, fieldseal::KeyError>(()) }).unwrap();
    /// ```
    ///
    /// Nothing inherits a scope: within `tokio::spawn`, `spawn_blocking` and threads begin another one, of a clone of the
    /// session. What the future leaves behind when it is dropped, such as a transaction's rollback, runs outside.
    ///
    /// # Security
    /// All that the closure's future does opens this firm's rows. Give it the session of the firm that the request was
    /// authenticated for, and keep queries for other firms out.
    pub fn scope<F, T>(&self, run: F) -> Scoped<T>
    where
        F: FnOnce() -> T,
        T: Future,
    {
        Scoped { inner: self.scope_sync(run), keys: self.cells.clone() }
    }

    /// [`scope`](Self::scope) for a stream of rows, such as `load_stream` gives: each is opened as it arrives.
    pub fn scope_stream<F, T>(&self, run: F) -> Scoped<T>
    where
        F: FnOnce() -> T,
        T: Stream,
    {
        Scoped { inner: self.scope_sync(run), keys: self.cells.clone() }
    }

    /// Runs Diesel code in this thread, in whose statements and loads ambient models seal and open with this session.
    ///
    /// A future that the closure gives would not be polled in the scope: use [`scope`](Self::scope). A tokio runtime that is
    /// run within the closure gives the scope to none of its tasks; another executor gives it to whatever it polls.
    pub fn scope_sync<F, T>(&self, run: F) -> T
    where
        F: FnOnce() -> T,
    {
        let _scope = ambient::enter(self.cells.clone());
        run()
    }

    /// The session of the scope that this code runs in, for lookups, single cells, and scopes of other tasks.
    ///
    /// # Errors
    /// [`KeyError::NoScope`] outside of any.
    pub fn current() -> Result<Self, KeyError> {
        let cells = ambient::current().ok_or(KeyError::NoScope { model: "Session::current()" })?;
        Ok(Self { cells })
    }

    /// A session without keys, for code without the right to them: rows whose sealed fields are all
    /// [`Protected`](crate::Protected) are loaded, listed and saved again; whatever would have to be opened or sealed is
    /// [`KeyError::Closed`].
    ///
    /// # Security
    /// It asks neither the key store nor the provider, so that any firm's name makes one: that a caller has such a session
    /// says nothing about rights. It opens nothing.
    #[must_use]
    pub fn closed(firm: impl Into<FirmId>) -> Self {
        Self::new(CellKeys::closed(firm.into()))
    }
}

pin_project! {
    /// A future or stream that runs in a session's scope.
    #[must_use = "futures and streams do nothing unless polled"]
    pub struct Scoped<T> {
        #[pin]
        inner: T,
        keys: Arc<CellKeys>,
    }
}

impl<T: Future> Future for Scoped<T> {
    type Output = T::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T::Output> {
        let this = self.project();
        let _scope = ambient::enter(this.keys.clone());
        this.inner.poll(cx)
    }
}

impl<T: Stream> Stream for Scoped<T> {
    type Item = T::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T::Item>> {
        let this = self.project();
        let _scope = ambient::enter(this.keys.clone());
        this.inner.poll_next(cx)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}

impl<T> std::fmt::Debug for Scoped<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Scoped({})", self.keys.firm())
    }
}

impl Vault {
    /// Makes the platform's session the process's own: ambient models with `firm = platform` then need no scope. For
    /// services with one tenant, and for the service's own data beside firms'. Run it once, when the service starts.
    ///
    /// Models that firms own never look at it. Keys in use are refreshed ahead of their end. Keys whose time is over are loaded again by the statement that needs them,
    /// in its thread, while others wait for it; keys that were [revoked](Self::revoke) are not. When that fails, statements
    /// fail at once for a pause of 250 ms, which doubles with each failure up to 30 s; then one of them tries again. Installing
    /// again, from whichever vault, replaces it.
    ///
    /// # Errors
    /// [`KeyError`].
    ///
    /// # Security
    /// From then on any code of the process opens what the platform owns. Data of firms has a column for its firm instead.
    pub async fn install_platform(&self) -> Result<(), KeyError> {
        let session = self.platform().await?;
        let (custody, slot) = (self.custody().clone(), session.cells.slot.clone());
        let renewal = Renewal::new(custody.clock());
        let renew = Box::new(move || {
            let expired = || matches!(slot.ring(), Err(KeyError::Expired { .. }));
            renewal.run(expired, || blocking::detached(custody.slot(&FirmId::Platform)).map(|_| ()))
        });
        // Its own models only: of a global index over those, the session has the key already.
        let global = Some(session.cells.slot.clone());
        let keys = Arc::new(CellKeys { global, ..CellKeys::clone(&session.cells) });
        ambient::install(Installed { keys, renew });
        Ok(())
    }
}

impl BlockingVault {
    /// [`Vault::install_platform`].
    ///
    /// # Errors
    /// As there.
    pub fn install_platform(&self) -> Result<(), KeyError> {
        blocking::run(self.vault().install_platform())
    }
}

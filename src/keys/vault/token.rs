//! The token in use: one at a time, renewed before its end, replaced by one login when the server drops it.

use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use hyper::Method;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout};
use zeroize::Zeroizing;

use super::auth::{Auth, Held, look_up, renew};
use super::fault;
use super::http::{Answer, Http};
use crate::keys::provider::ProviderError;
use crate::keys::remote;

/// Asks with a token that is alive.
pub(super) struct Tokens {
    http: Http,
    auth: Auth,
    held: Mutex<Option<Held>>,
    keeper: OnceLock<JoinHandle<()>>,
    limit: Duration,
}

impl Tokens {
    pub(super) fn new(http: Http, auth: Auth, limit: Duration) -> Arc<Self> {
        Arc::new(Self { http, auth, held: Mutex::default(), keeper: OnceLock::new(), limit })
    }

    /// Asks; with a new token, once, if the server does not know the old one any more.
    pub(super) async fn ask(
        self: &Arc<Self>,
        method: Method,
        path: &str,
        body: Zeroizing<Vec<u8>>,
    ) -> Result<Answer, ProviderError> {
        let token = self.current().await?;
        self.keep()?;
        let answer = self.http.ask(method.clone(), path, Some(&token), body.clone()).await?;
        // A policy that denies and a token that has ended get the same answer.
        if answer.status != 403 || !self.auth.can_log_in() || look_up(&self.http, &token).await?.is_some() {
            return Ok(answer);
        }
        let token = self.replaced(&token).await?;
        self.http.ask(method, path, Some(&token), body).await
    }

    /// The token in use. Callers at once wait for one login.
    async fn current(&self) -> Result<SecretString, ProviderError> {
        let mut held = self.held.lock().await;
        match &*held {
            Some(now) if !(now.lease.is_over() && self.auth.can_log_in()) => Ok(now.token.clone()),
            _ => self.log_in(&mut held).await,
        }
    }

    /// Another token than `dead`, which another caller may have got already.
    async fn replaced(&self, dead: &SecretString) -> Result<SecretString, ProviderError> {
        let mut held = self.held.lock().await;
        match &*held {
            Some(now) if now.token.expose_secret() != dead.expose_secret() => Ok(now.token.clone()),
            _ => self.log_in(&mut held).await,
        }
    }

    async fn log_in(&self, held: &mut Option<Held>) -> Result<SecretString, ProviderError> {
        let new = self.auth.log_in(&self.http).await?;
        Ok(held.insert(new).token.clone())
    }

    /// Starts the keeper, once.
    fn keep(self: &Arc<Self>) -> Result<(), ProviderError> {
        if self.keeper.get().is_none() {
            let keeper = remote::spawn(keep(Arc::downgrade(self)))?;
            // Of two at once one is kept.
            if let Err(spare) = self.keeper.set(keeper) {
                spare.abort();
            }
        }
        Ok(())
    }

    /// Learns what the server says of the life of a token that was configured.
    async fn learn(&self) -> Result<(), ProviderError> {
        let token = self.current().await?;
        let lease = self.limited(look_up(&self.http, &token)).await?;
        if let (Some(lease), Some(held)) = (lease, &mut *self.held.lock().await)
            && held.token.expose_secret() == token.expose_secret()
        {
            held.lease = lease;
        }
        Ok(())
    }

    /// Renews the token, or gets another.
    async fn refresh(&self) -> Result<(), ProviderError> {
        let mut slot = self.held.lock().await;
        let Some(held) = &mut *slot else { return Ok(()) };
        // Somebody logged in meanwhile.
        if held.lease.due().is_none_or(|due| due > Instant::now()) {
            return Ok(());
        }
        let renewed = if held.lease.renewable { self.limited(renew(&self.http, &held.token)).await.ok() } else { None };
        match renewed {
            Some(lease) if !(lease.dwindles(&held.lease) && self.auth.can_log_in()) => held.lease = lease,
            _ if self.auth.can_log_in() => *slot = Some(self.limited(self.auth.log_in(&self.http)).await?),
            _ => return Err(fault::token_ends()),
        }
        Ok(())
    }

    async fn limited<T>(&self, call: impl Future<Output = Result<T, ProviderError>>) -> Result<T, ProviderError> {
        timeout(self.limit, call).await.unwrap_or_else(|_| Err(fault::late()))
    }

    async fn due(&self) -> Option<Instant> {
        self.held.lock().await.as_ref().and_then(|held| held.lease.due())
    }
}

/// Keeps the token alive for as long as somebody holds `tokens`.
async fn keep(tokens: Weak<Tokens>) {
    let learned = match tokens.upgrade() {
        Some(tokens) if !tokens.auth.can_log_in() => retried(&tokens).await,
        held => held.is_some(),
    };
    while learned {
        let due = match tokens.upgrade() {
            Some(tokens) => tokens.due().await,
            None => return,
        };
        // A token without an end; a login may bring one with an end, so that it is asked again.
        sleep_until(due.unwrap_or_else(|| Instant::now() + SELDOM).max(Instant::now() + SOON)).await;
        let Some(tokens) = tokens.upgrade() else { return };
        if let Err(error) = tokens.refresh().await {
            tracing::warn!(name: "fieldseal.vault.token", %error, "the Vault token could not be renewed");
        }
    }
}

/// Asks for the token's life until the server answers.
async fn retried(tokens: &Arc<Tokens>) -> bool {
    let tokens = Arc::downgrade(tokens);
    while let Some(held) = tokens.upgrade() {
        if held.learn().await.is_ok() {
            return true;
        }
        drop(held);
        sleep_until(Instant::now() + SOON).await;
    }
    false
}

impl Drop for Tokens {
    fn drop(&mut self) {
        if let Some(keeper) = self.keeper.get() {
            keeper.abort();
        }
    }
}

/// The least between two tries of the keeper.
const SOON: Duration = Duration::from_secs(1);

const SELDOM: Duration = Duration::from_secs(3600);

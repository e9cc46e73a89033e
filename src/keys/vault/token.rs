//! The token in use: one at a time, renewed before its end, replaced by one login when the server drops it.

use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use hyper::Method;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use zeroize::Zeroizing;

use super::auth::{Auth, Held, Lease, look_up, renew};
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

    /// Renews the token, or gets another. Callers go on with the old one meanwhile.
    async fn refresh(&self) -> Result<(), ProviderError> {
        let Some(held) = self.held.lock().await.clone() else { return Ok(()) };
        // Somebody logged in since the keeper looked.
        if held.lease.due().is_none_or(|due| due > Instant::now()) {
            return Ok(());
        }
        let next = self.next(&held).await;
        // What won't do later either is not tried again: callers hear of it when the token has ended.
        let new = match &next {
            Ok(next) => next.clone(),
            Err(error) if !error.is_retryable() => Held { lease: Lease::new(0, false), ..held.clone() },
            Err(_) => held.clone(),
        };
        let mut slot = self.held.lock().await;
        if slot.as_ref().is_some_and(|now| now.token.expose_secret() == held.token.expose_secret()) {
            *slot = Some(new);
        }
        next.map(drop)
    }

    /// What follows `held`: the same token for longer, or another.
    async fn next(&self, held: &Held) -> Result<Held, ProviderError> {
        let renewed = match held.lease.renewable {
            true => self.limited(renew(&self.http, &held.token)).await,
            false => Err(fault::token_ends()),
        };
        match renewed {
            Ok(lease) if !(lease.dwindles(&held.lease) && self.auth.can_log_in()) => {
                Ok(Held { token: held.token.clone(), lease })
            }
            _ if self.auth.can_log_in() => self.limited(self.auth.log_in(&self.http)).await,
            renewed => renewed.map(|lease| Held { token: held.token.clone(), lease }),
        }
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
    while let Some(held) = tokens.upgrade() {
        if held.auth.can_log_in() || held.learn().await.is_ok() {
            break;
        }
        drop(held);
        sleep(AGAIN).await;
    }
    while let Some(held) = tokens.upgrade() {
        // A token without an end may be followed by one with an end: it is looked at again.
        let due = held.due().await.unwrap_or_else(|| Instant::now() + SELDOM);
        drop(held);
        sleep_until(due).await;
        let Some(held) = tokens.upgrade() else { return };
        if let Err(error) = held.refresh().await {
            tracing::warn!(name: "fieldseal.vault.token", %error, "the Vault token could not be renewed");
            drop(held);
            sleep(AGAIN).await;
        }
    }
}

impl Drop for Tokens {
    fn drop(&mut self) {
        if let Some(keeper) = self.keeper.get() {
            keeper.abort();
        }
    }
}

/// Between two tries of the keeper.
const AGAIN: Duration = Duration::from_secs(5);

const SELDOM: Duration = Duration::from_secs(3600);

//! How the service shows who it is, and the token that it gets for it.

use std::fmt;
use std::time::Duration;

use hyper::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::http::{Answer, Http};
use super::{calls, fault};
use crate::keys::provider::{ProviderError, ProviderErrorKind};

/// The service's credentials.
pub(super) enum Auth {
    Token(SecretString),
    AppRole { mount: String, role_id: String, secret_id: SecretString },
}

/// A token, and how long it lives.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) token: SecretString,
    pub(super) lease: Lease,
}

/// The life of a token as the server last told it; without an end for a root token.
#[derive(Clone, Copy)]
pub(super) struct Lease {
    since: Instant,
    lasts: Option<Duration>,
    pub(super) renewable: bool,
}

impl Lease {
    /// As the server says it: no seconds mean no end.
    pub(super) fn new(seconds: u64, renewable: bool) -> Self {
        let lasts = (seconds > 0).then(|| Duration::from_secs(seconds));
        Self { since: Instant::now(), lasts, renewable }
    }

    /// Two thirds of it: a server that is away for a third of it costs no token.
    pub(super) fn due(&self) -> Option<Instant> {
        self.lasts.map(|lasts| self.since + lasts * 2 / 3)
    }

    pub(super) fn is_over(&self) -> bool {
        self.lasts.is_some_and(|lasts| self.since.elapsed() >= lasts)
    }

    /// Whether it is much shorter than `other`: the token comes to the end of its longest life.
    pub(super) fn dwindles(&self, other: &Self) -> bool {
        matches!((self.lasts, other.lasts), (Some(now), Some(before)) if now < before / 3)
    }
}

impl Auth {
    pub(super) fn can_log_in(&self) -> bool {
        matches!(self, Self::AppRole { .. })
    }

    /// A token to begin with.
    pub(super) async fn log_in(&self, http: &Http) -> Result<Held, ProviderError> {
        match self {
            Self::Token(token) => Ok(Held { token: token.clone(), lease: Lease::new(0, false) }),
            Self::AppRole { mount, role_id, secret_id } => {
                let body = calls::json(&[("role_id", role_id), ("secret_id", secret_id.expose_secret())]);
                let answer = http.ask(Method::POST, &format!("auth/{mount}/login"), None, body).await?;
                logged_in(mount, &answer)
            }
        }
    }
}

fn logged_in(mount: &str, answer: &Answer) -> Result<Held, ProviderError> {
    let what = format!("login by the AppRole of `{mount}`");
    match answer.status {
        200 => granted(answer).ok_or_else(|| fault::garbled(&what)),
        // A role or secret id that the server does not know is a bad request to it.
        400 => {
            let message = format!("{what}: Vault knows no such role, or its secret id has ended: make a new one");
            Err(ProviderError::new(ProviderErrorKind::Denied, message))
        }
        _ => Err(fault::refused(&what, answer)),
    }
}

#[derive(Deserialize)]
struct Granted<'a> {
    client_token: Option<&'a str>,
    lease_duration: u64,
    renewable: bool,
}

fn granted(answer: &Answer) -> Option<Held> {
    let granted = auth(answer)?;
    let lease = Lease::new(granted.lease_duration, granted.renewable);
    granted.client_token.map(|token| Held { token: token.to_owned().into(), lease })
}

fn auth(answer: &Answer) -> Option<Granted<'_>> {
    #[derive(Deserialize)]
    struct Body<'a> {
        #[serde(borrow)]
        auth: Granted<'a>,
    }
    serde_json::from_slice::<Body<'_>>(&answer.body).ok().map(|body| body.auth)
}

/// Makes the token live on, and says for how long.
pub(super) async fn renew(http: &Http, token: &SecretString) -> Result<Lease, ProviderError> {
    let what = "renewal of the token";
    let answer = http.ask(Method::POST, "auth/token/renew-self", Some(token), calls::json(&[])).await?;
    if answer.status != 200 {
        return Err(fault::refused(what, &answer));
    }
    let granted = auth(&answer).ok_or_else(|| fault::garbled(what))?;
    Ok(Lease::new(granted.lease_duration, granted.renewable))
}

/// The life of a token that somebody else got; `None` once the server does not know it.
pub(super) async fn look_up(http: &Http, token: &SecretString) -> Result<Option<Lease>, ProviderError> {
    #[derive(Deserialize)]
    struct Body {
        data: Data,
    }
    #[derive(Deserialize)]
    struct Data {
        ttl: u64,
        #[serde(default)]
        renewable: bool,
    }
    let what = "look-up of the token";
    let answer = http.ask(Method::GET, "auth/token/lookup-self", Some(token), Zeroizing::default()).await?;
    match answer.status {
        200 => {
            let Body { data } = serde_json::from_slice(&answer.body).map_err(|_| fault::garbled(what))?;
            Ok(Some(Lease::new(data.ttl, data.renewable)))
        }
        401 | 403 => Ok(None),
        _ => Err(fault::refused(what, &answer)),
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(_) => f.write_str("Token([redacted])"),
            Self::AppRole { mount, role_id, .. } => {
                f.debug_struct("AppRole").field("mount", mount).field("role_id", role_id).finish_non_exhaustive()
            }
        }
    }
}

//! What a failed call of Vault means.

use std::error::Error;

use serde::Deserialize;

use super::http::Answer;
use crate::keys::provider::{ProviderError, ProviderErrorKind};

/// What an answer other than success means for `what`, such as ``decrypt under `transit/fieldseal` ``.
///
/// The server's own words are read, and not passed on: they may quote the request.
pub(super) fn refused(what: &str, answer: &Answer) -> ProviderError {
    let said = Said::of(&answer.body);
    let kind = kind(answer.status, &said);
    ProviderError::new(kind, format!("{what}: Vault answered HTTP {}: {}", answer.status, remedy(kind)))
}

/// No answer at all.
pub(super) fn unreached(address: &str, source: impl Into<Box<dyn Error + Send + Sync>>) -> ProviderError {
    let message = format!("Vault at {address} is not reached: check the address, its certificate and the network");
    ProviderError::new(ProviderErrorKind::Unavailable, message).because(source)
}

/// An answer that is not what the API promises.
pub(super) fn garbled(what: &str) -> ProviderError {
    let message = format!("{what}: the answer is none of Vault's: check the address for a proxy in between");
    ProviderError::new(ProviderErrorKind::Internal, message)
}

/// The token can't be sent.
pub(super) fn token() -> ProviderError {
    ProviderError::new(ProviderErrorKind::Denied, "the Vault token holds a character that no token has: set it anew")
}

/// A token that only its giver can replace.
pub(super) fn token_ends() -> ProviderError {
    let message = "the Vault token can't be renewed any further: give the service a new one, or an AppRole";
    ProviderError::new(ProviderErrorKind::Denied, message)
}

/// The keeper of the token was not answered.
pub(super) fn late() -> ProviderError {
    ProviderError::new(ProviderErrorKind::Unavailable, "Vault did not answer in time: check the network and its health")
}

/// The request can't be made; addresses and names were checked before.
pub(super) fn request(source: impl Into<Box<dyn Error + Send + Sync>>) -> ProviderError {
    ProviderError::new(ProviderErrorKind::Internal, "no request to Vault could be made of the configuration")
        .because(source)
}

/// Everything that the server says is wrong, in lower case.
struct Said(String);

impl Said {
    fn of(body: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Errors {
            #[serde(default)]
            errors: Vec<String>,
        }
        Self(serde_json::from_slice::<Errors>(body).map_or(String::new(), |e| e.errors.join(" ").to_lowercase()))
    }

    fn any(&self, parts: &[&str]) -> bool {
        parts.iter().any(|part| self.0.contains(part))
    }
}

fn kind(status: u16, said: &Said) -> ProviderErrorKind {
    match status {
        400 if said.any(&["key not found", "no key named"]) => ProviderErrorKind::NotFound,
        400 if said.any(&["too old", "disallowed by policy", "soft deleted", "soft-deleted"]) => {
            ProviderErrorKind::Disabled
        }
        400 if said.any(&[
            "authentication failed",
            "invalid ciphertext",
            "unable to decrypt",
            "invalid key version",
        ]) =>
        {
            ProviderErrorKind::Unauthentic
        }
        401 | 403 => ProviderErrorKind::Denied,
        404 => ProviderErrorKind::NotFound,
        429 => ProviderErrorKind::Throttled,
        // 412: a standby that has not yet seen the token; 472 and 473: standbys that don't answer.
        412 | 472 | 473 | 500.. => ProviderErrorKind::Unavailable,
        _ => ProviderErrorKind::Internal,
    }
}

fn remedy(kind: ProviderErrorKind) -> &'static str {
    match kind {
        ProviderErrorKind::Denied => {
            "check that the token or role is valid, and that its policy allows `read` on the key and `update` on \
             `encrypt` and `decrypt`"
        }
        ProviderErrorKind::NotFound => "check mount, key name and namespace",
        ProviderErrorKind::Disabled => "restore the key, or lower its `min_decryption_version`",
        ProviderErrorKind::Throttled => "try again later; raise Vault's rate limit quota if it lasts",
        ProviderErrorKind::Unauthentic => "the wrapped key was altered, or is another firm's, version's or KEK's",
        ProviderErrorKind::Unavailable => "unseal it, or see to its health",
        ProviderErrorKind::Internal => "check the key's settings and the mount's type",
    }
}

//! The token, and how a session of it is opened.

use std::sync::Mutex;
use std::sync::PoisonError;

use cryptoki::context::Pkcs11;
use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use secrecy::SecretString;

use super::fault::{Fault, failed};
use super::name::KeyName;
use crate::keys::provider::{ProviderError, ProviderErrorKind};

/// A token by its label, and the keys on it.
pub(super) struct Token {
    module: Pkcs11,
    pub(super) label: String,
    pin: SecretString,
    pub(super) names: Vec<KeyName>,
    /// Whether the PIN was refused. Each further try would bring the token nearer to its lock.
    refused: Mutex<bool>,
}

impl Token {
    pub(super) fn new(module: Pkcs11, label: String, pin: SecretString, names: Vec<KeyName>) -> Self {
        Self { module, label, pin, names, refused: Mutex::new(false) }
    }

    /// A session that is logged in.
    pub(super) fn open(&self, writes: bool) -> Result<Session, Fault> {
        let slot = self.slot()?;
        let opened = if writes { self.module.open_rw_session(slot) } else { self.module.open_ro_session(slot) };
        let session = opened.map_err(|e| failed("opening a session", &self.label, e))?;
        self.log_in(&session)?;
        Ok(session)
    }

    fn slot(&self) -> Result<Slot, Fault> {
        let asked = |e| failed("looking for the token", &self.label, e);
        let mut found = Vec::new();
        for slot in self.module.get_slots_with_initialized_token().map_err(asked)? {
            // A token that was taken out meanwhile is not the one.
            if self.module.get_token_info(slot).is_ok_and(|token| token.label().trim_end() == self.label) {
                found.push(slot);
            }
        }
        match found[..] {
            [slot] => Ok(slot),
            [] => Err(self.fault(ProviderErrorKind::Unavailable, "is not there: plug it in, or check its label")),
            _ => Err(self.fault(ProviderErrorKind::Internal, "is there several times: give each a label of its own")),
        }
    }

    /// Logs in. All sessions of a process share one login, so that it is often there already.
    fn log_in(&self, session: &Session) -> Result<(), Fault> {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if *refused {
            return Err(self.fault(ProviderErrorKind::Denied, "refused the PIN before: correct it and start again"));
        }
        match session.login(UserType::User, Some(&self.pin)) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
            Err(Error::Pkcs11(
                RvError::PinIncorrect
                | RvError::PinInvalid
                | RvError::PinLenRange
                | RvError::PinLocked
                | RvError::PinExpired,
                _,
            )) => {
                *refused = true;
                Err(self
                    .fault(ProviderErrorKind::Denied, "refuses the PIN: correct it, and unlock the token if it locked"))
            }
            Err(error) => Err(failed("logging in", &self.label, error)),
        }
    }

    fn fault(&self, kind: ProviderErrorKind, what: &str) -> Fault {
        Fault::Final(ProviderError::new(kind, format!("PKCS#11 token `{}` {what}", self.label)))
    }
}

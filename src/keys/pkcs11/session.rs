//! A thread's session: opened when needed, opened again when it was lost.

use std::collections::HashMap;
use std::sync::Arc;

use cryptoki::error::Error;
use cryptoki::object::{Attribute, AttributeType, ObjectHandle};
use cryptoki::session::Session;
use zeroize::Zeroizing;

use super::fault::{Fault, failed};
use super::token::Token;
use super::wrap::Sealed;
use crate::context::{join, label};
use crate::keys::provider::{ProviderError, ProviderErrorKind};
use crate::secret::FirmMasterKey;

/// Makes one call at a time.
pub(super) struct Worker {
    pub(super) token: Arc<Token>,
    open: Option<Open>,
    /// By the key's place: a known text that the key encrypted, to tell a damaged input from a device in trouble.
    probes: HashMap<usize, Sealed>,
}

/// A session, and the keys found in it.
struct Open {
    session: Session,
    keys: HashMap<usize, ObjectHandle>,
}

impl Worker {
    pub(super) fn new(token: Arc<Token>) -> Self {
        Self { token, open: None, probes: HashMap::new() }
    }

    /// Wraps `key` under the KEK at this place.
    pub(super) fn wrap(
        &mut self,
        at: usize,
        associated: &[u8],
        key: &Zeroizing<[u8; FirmMasterKey::LEN]>,
    ) -> Result<Vec<u8>, ProviderError> {
        let seal = |session: &Session, kek| Sealed::seal(session, kek, associated, key);
        self.tried(at, "wrapping", seal).map(|sealed| sealed.bytes()).map_err(Fault::into_error)
    }

    /// Unwraps under the KEK at this place, and no other.
    pub(super) fn unwrap(
        &mut self,
        at: usize,
        associated: &[u8],
        sealed: &Sealed,
    ) -> Result<FirmMasterKey, ProviderError> {
        let open = |session: &Session, kek| sealed.open(session, kek, associated);
        let opened = match self.tried(at, "unwrapping", open) {
            Err(Fault::Doubt(_)) => {
                // Modules answer a wrong tag as they answer trouble of any kind. A new session in which the key works,
                // and this input fails once more, tells the two apart.
                self.open = None;
                self.probe(at).map_err(Fault::into_error)?;
                self.tried(at, "unwrapping", open).map_err(|again| match again {
                    Fault::Doubt(error) => altered(error),
                    other => other.into_error(),
                })
            }
            first => first.map_err(Fault::into_error),
        }?;
        FirmMasterKey::try_init(|key| <[u8; 32]>::try_from(opened.as_slice()).map(|bytes| *key = bytes)).map_err(|_| {
            let message = "what the wrapped key holds is not a master key";
            ProviderError::new(ProviderErrorKind::Unauthentic, message)
        })
    }

    /// Whether the key decrypts what it is known to have encrypted. It encrypts once a thread, not once a doubt.
    fn probe(&mut self, at: usize) -> Result<(), Fault> {
        let associated =
            join(&[label::PKCS11_PROBE, self.token.names[at].kek_id(&self.token.label).as_str().as_bytes()]);
        let text = Zeroizing::new([0; FirmMasterKey::LEN]);
        let probe = match self.probes.get(&at) {
            Some(probe) => probe.clone(),
            None => self.tried(at, "testing the key", |session, kek| Sealed::seal(session, kek, &associated, &text))?,
        };
        let opened = self.tried(at, "testing the key", |session, kek| probe.open(session, kek, &associated))?;
        if opened.as_slice() != text.as_slice() {
            return Err(self.fault(
                at,
                ProviderErrorKind::Internal,
                "does not decrypt what it encrypted: see to the device",
            ));
        }
        self.probes.insert(at, probe);
        Ok(())
    }

    /// Runs `call` with the KEK at this place, in a second session if the first was lost.
    fn tried<T>(
        &mut self,
        at: usize,
        doing: &str,
        call: impl Fn(&Session, ObjectHandle) -> Result<T, Error>,
    ) -> Result<T, Fault> {
        let had_session = self.open.is_some();
        match self.once(at, doing, &call) {
            Err(Fault::Lost(_)) if had_session => self.once(at, doing, &call),
            result => result,
        }
    }

    fn once<T>(
        &mut self,
        at: usize,
        doing: &str,
        call: impl Fn(&Session, ObjectHandle) -> Result<T, Error>,
    ) -> Result<T, Fault> {
        let mut open = match self.open.take() {
            Some(open) => open,
            None => Open { session: self.token.open(false)?, keys: HashMap::new() },
        };
        let kek = self.kek(&mut open, at)?;
        let done = call(&open.session, kek).map_err(|e| failed(doing, &self.token.label, e));
        // A session in which something went wrong may hold half an operation: only a good one is kept.
        if done.is_ok() {
            self.open = Some(open);
        }
        done
    }

    fn kek(&self, open: &mut Open, at: usize) -> Result<ObjectHandle, Fault> {
        if let Some(known) = open.keys.get(&at) {
            return Ok(*known);
        }
        let found = self.found(&open.session, at)?;
        let [kek] = found[..] else {
            return Err(match found.len() {
                0 => self.fault(
                    at,
                    ProviderErrorKind::NotFound,
                    "is not there: check the label, or make it by `create_kek`",
                ),
                _ => self.fault(at, ProviderErrorKind::Internal, "is there several times: name its id as well"),
            });
        };
        self.check(&open.session, at, kek)?;
        Ok(*open.keys.entry(at).or_insert(kek))
    }

    pub(super) fn found(&self, session: &Session, at: usize) -> Result<Vec<ObjectHandle>, Fault> {
        let template = self.token.names[at].template();
        session.find_objects(&template).map_err(|e| failed("looking for the key", &self.token.label, e))
    }

    /// A key that can leave the module is no KEK.
    fn check(&self, session: &Session, at: usize, kek: ObjectHandle) -> Result<(), Fault> {
        let asked = [AttributeType::Extractable, AttributeType::Sensitive, AttributeType::ValueLen];
        let has = session
            .get_attributes(kek, &asked)
            .map_err(|e| failed("reading the key's attributes", &self.token.label, e))?;
        let needed = [Attribute::Extractable(false), Attribute::Sensitive(true), Attribute::ValueLen(32.into())];
        if needed.iter().all(|attribute| has.contains(attribute)) {
            return Ok(());
        }
        let message = "may leave the module, or is not 32 bytes long: make one by `create_kek`";
        Err(self.fault(at, ProviderErrorKind::Internal, message))
    }

    pub(super) fn fault(&self, at: usize, kind: ProviderErrorKind, what: &str) -> Fault {
        let message = format!("key `{}` of PKCS#11 token `{}` {what}", self.token.names[at].label, self.token.label);
        Fault::Final(ProviderError::new(kind, message))
    }
}

fn altered(cause: ProviderError) -> ProviderError {
    let message = "the wrapped key was altered, or is another firm's, version's or KEK's (the key itself works)";
    ProviderError::new(ProviderErrorKind::Unauthentic, message).because(cause)
}

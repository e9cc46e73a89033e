//! A new KEK on the token.

use cryptoki::mechanism::Mechanism;
use cryptoki::object::Attribute;

use super::fault::{Fault, failed};
use super::session::Worker;
use crate::keys::provider::{ProviderError, ProviderErrorKind};

impl Worker {
    /// Makes the key of the name at this place, unless there is one.
    pub(super) fn create(&mut self, at: usize) -> Result<(), ProviderError> {
        self.made(at).map_err(Fault::into_error)
    }

    fn made(&mut self, at: usize) -> Result<(), Fault> {
        let session = self.token.open(true)?;
        if !self.found(&session, at)?.is_empty() {
            return Err(self.fault(at, ProviderErrorKind::Internal, "is there already: use it, or name another"));
        }
        let mut template = self.token.names[at].template();
        template.extend(attributes());
        let made = session.generate_key(&Mechanism::AesKeyGen, &template);
        made.map(drop).map_err(|e| failed("making a key", &self.token.label, e))
    }
}

fn attributes() -> [Attribute; 9] {
    [
        Attribute::ValueLen(32.into()),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Modifiable(false),
        Attribute::Encrypt(true),
        Attribute::Decrypt(true),
        Attribute::Wrap(false),
        Attribute::Unwrap(false),
    ]
}

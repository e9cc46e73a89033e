//! The wrapped form: `01 || IV || ciphertext || tag` (spec/keys.md, KEY-74).

use cryptoki::error::Error;
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;
use zeroize::Zeroizing;

use crate::envelope::TAG_LEN;
use crate::keys::provider::{ProviderError, ProviderErrorKind};
use crate::secret::FirmMasterKey;

/// The parts of a wrapped key.
#[derive(Clone)]
pub(super) struct Sealed {
    iv: [u8; IV_LEN],
    body: Vec<u8>,
}

impl Sealed {
    pub(super) fn parse(wrapped: &[u8]) -> Result<Self, ProviderError> {
        let refused = |why: &str| Err(ProviderError::new(ProviderErrorKind::Unauthentic, why));
        if wrapped.len() != LEN {
            return refused("the wrapped key is cut, or not of a PKCS#11 module");
        }
        match wrapped.split_first().and_then(|(format, rest)| Some((*format, rest.split_first_chunk()?))) {
            Some((FORMAT, (iv, body))) => Ok(Self { iv: *iv, body: body.to_vec() }),
            _ => refused("the wrapped key is of a later release, or damaged"),
        }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        [&[FORMAT], self.iv.as_slice(), &self.body].concat()
    }

    /// Encrypts under a random IV of the module's.
    pub(super) fn seal(
        session: &Session,
        key: ObjectHandle,
        associated: &[u8],
        plaintext: &[u8; FirmMasterKey::LEN],
    ) -> Result<Self, Error> {
        let mut iv = [0; IV_LEN];
        session.generate_random_slice(&mut iv)?;
        let mut sent = iv;
        let mechanism = Mechanism::AesGcm(GcmParams::new(&mut sent, associated, TAG_BITS.into())?);
        let body = session.encrypt(&mechanism, key, plaintext)?;
        drop(mechanism);
        // A module that picks its own IV says so by writing it back.
        Ok(Self { iv: sent, body })
    }

    pub(super) fn open(&self, session: &Session, key: ObjectHandle, associated: &[u8]) -> Result<Opened, Error> {
        let mut iv = self.iv;
        let mechanism = Mechanism::AesGcm(GcmParams::new(&mut iv, associated, TAG_BITS.into())?);
        session.decrypt(&mechanism, key, &self.body).map(Zeroizing::new)
    }
}

/// What was decrypted, wiped after use.
pub(super) type Opened = Zeroizing<Vec<u8>>;

const FORMAT: u8 = 0x01;
const IV_LEN: usize = 12;
const TAG_BITS: u64 = 128;
const LEN: usize = 1 + IV_LEN + FirmMasterKey::LEN + TAG_LEN;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_61_bytes_of_the_first_format_parse() {
        let mut wrapped = vec![FORMAT; LEN];
        assert_eq!(Sealed::parse(&wrapped).unwrap().bytes(), wrapped);
        for len in [0, 1, LEN - 1, LEN + 1] {
            assert!(Sealed::parse(&vec![FORMAT; len]).is_err(), "{len}");
        }
        wrapped[0] = 2;
        assert!(Sealed::parse(&wrapped).is_err());
    }
}

//! Wrapping by the local provider: `01 || nonce || ciphertext || tag` (spec/keys.md).

use zeroize::Zeroizing;

use super::Kek;
use crate::context::{join, label};
use crate::envelope::TAG_LEN;
use crate::keys::provider::{EncryptionContext, KekId};
use crate::random::NONCE_LEN;
use crate::secret::FirmMasterKey;
use crate::suite::bare;

/// Wraps `key` under a nonce that is never used twice.
pub(crate) fn wrap(
    kek: &Kek,
    id: &KekId,
    nonce: &[u8; NONCE_LEN],
    context: &EncryptionContext,
    key: &FirmMasterKey,
) -> Vec<u8> {
    // Encrypted in place before the tag grows the vector: no copy of the key is left behind.
    let mut sealed = key.expose().to_vec();
    bare::encrypt(kek.expose(), nonce, &associated(id, context), &mut sealed);
    [&[FORMAT], nonce.as_slice(), &sealed].concat()
}

/// Why a wrapped key does not unwrap (KEY-7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnwrapError {
    #[error("the wrapped key is cut or not the local provider's")]
    Length,
    #[error("the wrapped key is of a later release, or damaged")]
    Format,
    #[error("the wrapped key was altered, or is another firm's or version's")]
    Unauthentic,
}

/// Unwraps what [`wrap`] gave under this KEK and context.
pub(crate) fn unwrap(
    kek: &Kek,
    id: &KekId,
    context: &EncryptionContext,
    wrapped: &[u8],
) -> Result<FirmMasterKey, UnwrapError> {
    let wrapped = <&[u8; LEN]>::try_from(wrapped).map_err(|_| UnwrapError::Length)?;
    let (format, rest) = wrapped.split_first().expect("73 bytes have a first");
    if *format != FORMAT {
        return Err(UnwrapError::Format);
    }
    let (nonce, sealed) = rest.split_first_chunk().expect("72 bytes hold a nonce");
    let mut sealed = Zeroizing::new(<[u8; SEALED_LEN]>::try_from(sealed).expect("48 bytes are left"));
    let key = bare::decrypt(kek.expose(), nonce, &associated(id, context), sealed.as_mut_slice())
        .ok_or(UnwrapError::Unauthentic)?;
    FirmMasterKey::try_init(|bytes| {
        bytes.copy_from_slice(key);
        Ok(())
    })
}

fn associated(id: &KekId, context: &EncryptionContext) -> Vec<u8> {
    let mut fields = vec![label::LOCAL_WRAP, id.as_str().as_bytes()];
    for (key, value) in context.entries() {
        fields.extend([key.as_bytes(), value.as_bytes()]);
    }
    join(&fields)
}

const FORMAT: u8 = 0x01;

const SEALED_LEN: usize = FirmMasterKey::LEN + TAG_LEN;

const LEN: usize = 1 + NONCE_LEN + SEALED_LEN;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::FirmId;

    fn kek(byte: u8) -> Kek {
        Kek::try_init(|bytes| {
            bytes.fill(byte);
            Ok::<_, ()>(())
        })
        .unwrap()
    }

    fn master() -> FirmMasterKey {
        FirmMasterKey::try_init(|bytes| {
            bytes.fill(0x5A);
            Ok::<_, ()>(())
        })
        .unwrap()
    }

    #[test]
    fn a_wrapped_key_unwraps_in_its_context_only() {
        let (kek, other_kek) = (kek(1), kek(2));
        let context = |firm: i64, version| EncryptionContext::master_key(&FirmId::from(firm), version);
        let wrapped = wrap(&kek, &kek.id(), &[7; NONCE_LEN], &context(1, 1), &master());
        assert_eq!(wrapped.len(), 73);
        let opened = unwrap(&kek, &kek.id(), &context(1, 1), &wrapped).unwrap();
        assert_eq!(opened.expose(), master().expose());
        assert!(unwrap(&kek, &kek.id(), &context(2, 1), &wrapped).is_err());
        assert!(unwrap(&kek, &kek.id(), &context(1, 2), &wrapped).is_err());
        assert!(unwrap(&kek, &other_kek.id(), &context(1, 1), &wrapped).is_err());
        assert!(unwrap(&other_kek, &kek.id(), &context(1, 1), &wrapped).is_err());
    }

    #[test]
    fn every_altered_byte_and_length_is_refused() {
        let kek = kek(1);
        let context = EncryptionContext::master_key(&FirmId::Platform, 1);
        let wrapped = wrap(&kek, &kek.id(), &[7; NONCE_LEN], &context, &master());
        for at in 0..wrapped.len() {
            let mut altered = wrapped.clone();
            altered[at] ^= 1;
            assert!(unwrap(&kek, &kek.id(), &context, &altered).is_err(), "byte {at}");
            assert!(unwrap(&kek, &kek.id(), &context, &wrapped[..at]).is_err(), "length {at}");
        }
        assert!(unwrap(&kek, &kek.id(), &context, &[wrapped, vec![0]].concat()).is_err());
    }
}

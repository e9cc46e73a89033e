//! AES-256-SIV (RFC 5297, `AEAD_AES_SIV_CMAC_512`): deterministic cells, and the wrapping of keys.

use ::aes_siv::KeyInit;
use ::aes_siv::siv::{Aes256Siv, IV_SIZE};

use super::Unauthentic;
use crate::envelope::Head;
use crate::secret::{DeterministicColumnKey, WrappingKey};

/// A deterministic column key. `Siv` needs `&mut` for its MAC state, so each cell makes its own: two seals share no lock.
pub(crate) struct Deterministic(DeterministicColumnKey);

impl Deterministic {
    pub(crate) fn new(key: DeterministicColumnKey) -> Self {
        Self(key)
    }

    /// Encrypts what lies behind head and synthetic IV, and fills in the IV.
    pub(super) fn seal(&self, head: &Head, cell: &mut [u8]) {
        let (front, body) = cell.split_at_mut(head.body_start());
        let iv = Aes256Siv::new(self.0.expose().into())
            .encrypt_inout_detached([head.as_bytes()], body.into())
            .expect("one associated string is below S2V's limit of 126");
        let start = front.len() - IV_SIZE;
        front[start..].copy_from_slice(&iv);
    }

    pub(super) fn open(&self, head: &Head, cell: &mut [u8]) -> Result<(), Unauthentic> {
        let (front, body) = cell.split_at_mut(head.body_start());
        let iv = front[front.len() - IV_SIZE..].try_into().map_err(|_| Unauthentic)?;
        Aes256Siv::new(self.0.expose().into())
            .decrypt_inout_detached([head.as_bytes()], body.into(), &iv)
            .map_err(|_| Unauthentic)
    }
}

/// Wraps a key: synthetic IV, then ciphertext (spec/keys.md).
pub(crate) fn wrap_key(wrapping: &WrappingKey, associated: &[u8], key: &[u8]) -> Vec<u8> {
    let mut out = vec![0; IV_SIZE];
    out.extend_from_slice(key);
    let iv = Aes256Siv::new(wrapping.expose().into())
        .encrypt_inout_detached([associated], (&mut out[IV_SIZE..]).into())
        .expect("one associated string is below S2V's limit of 126");
    out[..IV_SIZE].copy_from_slice(&iv);
    out
}

/// Unwraps into `key`; `false` unless authentic and of `key`'s length.
pub(crate) fn unwrap_key(wrapping: &WrappingKey, associated: &[u8], wrapped: &[u8], key: &mut [u8]) -> bool {
    if wrapped.len() != IV_SIZE + key.len() {
        return false;
    }
    let (iv, body) = wrapped.split_at(IV_SIZE);
    let Ok(iv) = iv.try_into() else { return false };
    key.copy_from_slice(body);
    Aes256Siv::new(wrapping.expose().into()).decrypt_inout_detached([associated], key.into(), &iv).is_ok()
}

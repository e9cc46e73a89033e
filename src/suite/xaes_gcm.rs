//! XAES-256-GCM (C2SP): randomised cells.

use xaes_256_gcm::aead::{AeadInOut, KeyInit};
use xaes_256_gcm::{Nonce, Tag, Xaes256Gcm};

use super::Unauthentic;
use crate::envelope::{Head, TAG_LEN};
use crate::random::NONCE_LEN;
use crate::secret::RandomisedColumnKey;

/// A column key, its AES schedule and CMAC subkey ready. Zeroized when dropped.
pub(crate) struct Randomised(Xaes256Gcm);

impl Randomised {
    pub(crate) fn new(key: &RandomisedColumnKey) -> Self {
        Self(Xaes256Gcm::new(key.expose().into()))
    }

    /// Encrypts what lies behind head and nonce, and appends the tag.
    pub(super) fn seal(&self, head: &Head, nonce: &[u8; NONCE_LEN], row: &[u8], cell: &mut Vec<u8>) {
        let body = &mut cell[head.body_start()..];
        let encrypt = |aad: &[u8]| self.0.encrypt_inout_detached(&Nonce::from(*nonce), aad, body.into());
        let tag = with_aad(head, row, encrypt).expect("a cell is far below GCM's limit of 64 GiB");
        cell.extend_from_slice(&tag);
    }

    pub(super) fn open(&self, head: &Head, row: &[u8], cell: &mut [u8]) -> Result<(), Unauthentic> {
        let (front, body) = cell.split_at_mut(head.body_start());
        let (body, tag) = body.split_at_mut(body.len() - TAG_LEN);
        let nonce = Nonce::try_from(&front[front.len() - NONCE_LEN..]).map_err(|_| Unauthentic)?;
        let tag = Tag::try_from(&*tag).map_err(|_| Unauthentic)?;
        let decrypt = |aad: &[u8]| self.0.decrypt_inout_detached(&nonce, aad, body.into(), &tag);
        with_aad(head, row, decrypt).map_err(|_| Unauthentic)
    }
}

/// Head and row key. The head delimits itself, so the joint is unambiguous.
#[inline]
fn with_aad<T>(head: &Head, row: &[u8], authenticate: impl FnOnce(&[u8]) -> T) -> T {
    let head = head.as_bytes();
    let (mut short, len) = ([0; 128], head.len() + row.len());
    let Some(aad) = short.get_mut(..len) else { return authenticate(&[head, row].concat()) };
    let (front, back) = aad.split_at_mut(head.len());
    front.copy_from_slice(head);
    back.copy_from_slice(row);
    authenticate(aad)
}

/// XAES-256-GCM over bare parts, for key wrapping by the local provider: `ciphertext || tag`.
#[cfg(feature = "local-keys")]
pub(crate) mod bare {
    use xaes_256_gcm::aead::{AeadInOut, KeyInit};
    use xaes_256_gcm::{Nonce, Tag, Xaes256Gcm};

    use crate::envelope::TAG_LEN;
    use crate::random::NONCE_LEN;

    pub(crate) fn encrypt(key: &[u8; 32], nonce: &[u8; NONCE_LEN], aad: &[u8], bytes: &mut Vec<u8>) {
        let tag = Xaes256Gcm::new(key.into())
            .encrypt_inout_detached(&Nonce::from(*nonce), aad, bytes.as_mut_slice().into())
            .expect("a key is far below GCM's limit of 64 GiB");
        bytes.extend_from_slice(&tag);
    }

    /// Decrypts into the front of `bytes`; `None` unless authentic.
    pub(crate) fn decrypt<'a>(
        key: &[u8; 32],
        nonce: &[u8; NONCE_LEN],
        aad: &[u8],
        bytes: &'a mut [u8],
    ) -> Option<&'a [u8]> {
        let (body, tag) = bytes.split_at_mut(bytes.len().checked_sub(TAG_LEN)?);
        let tag = Tag::try_from(&*tag).ok()?;
        Xaes256Gcm::new(key.into())
            .decrypt_inout_detached(&Nonce::from(*nonce), aad, (&mut *body).into(), &tag)
            .ok()?;
        Some(body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::Kind;

    #[test]
    fn head_and_row_key_of_any_length_are_joined() {
        let head = Head::new(Kind::RowBound, 300);
        for len in [0, 1, 25, 124, 125, 126, 1000] {
            let row = vec![7; len];
            assert_eq!(with_aad(&head, &row, <[u8]>::to_vec), [head.as_bytes(), &row].concat());
        }
    }
}

//! The two cipher suites, each over a column key that is ready for use.

mod aes_siv;
mod xaes_gcm;

use crate::envelope::{Head, Kind};
use crate::random::{NONCE_LEN, Nonces, RandomError};

pub(crate) use aes_siv::{Deterministic, unwrap_key, wrap_key};
pub(crate) use xaes_gcm::Randomised;
#[cfg(feature = "local-keys")]
pub(crate) use xaes_gcm::bare;

/// The name of a suite in key derivation.
pub(crate) const fn suite_id(kind: Kind) -> &'static str {
    match kind {
        Kind::RowBound | Kind::ColumnBound => "XAES-256-GCM",
        Kind::Deterministic => "AES-256-SIV",
    }
}

/// A column key of either suite.
#[allow(clippy::large_enum_variant, reason = "almost every column is randomised; a box would cost each cell a jump")]
pub(crate) enum ColumnCipher {
    Randomised(Randomised),
    Deterministic(Deterministic),
}

/// A cell that did not open: altered, moved, or sealed under another key. One detail-free error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unauthentic;

impl ColumnCipher {
    /// Seals what `write` appends to the buffer. `len` is its length in bytes, so that one allocation holds the cell.
    pub(crate) fn seal<E: From<RandomError>>(
        &self,
        head: &Head,
        row: &[u8],
        nonces: &Nonces,
        len: usize,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<Vec<u8>, E> {
        let mut cell = Vec::with_capacity(head.body_start() + len + head.kind().suffix_len());
        cell.extend_from_slice(head.as_bytes());
        match self {
            Self::Randomised(cipher) => {
                let nonce: [u8; NONCE_LEN] = nonces.next()?;
                cell.extend_from_slice(&nonce);
                write(&mut cell)?;
                cipher.seal(head, &nonce, row, &mut cell);
            }
            Self::Deterministic(cipher) => {
                cell.resize(head.body_start(), 0);
                write(&mut cell)?;
                cipher.seal(head, &mut cell);
            }
        }
        Ok(cell)
    }

    /// Opens `cell`, whose parsed head is `head`, in place, and returns the plaintext in the same allocation.
    pub(crate) fn open(&self, head: &Head, row: &[u8], mut cell: Vec<u8>) -> Result<Vec<u8>, Unauthentic> {
        match self {
            Self::Randomised(cipher) => cipher.open(head, row, &mut cell)?,
            Self::Deterministic(cipher) => cipher.open(head, &mut cell)?,
        }
        cell.truncate(cell.len() - head.kind().suffix_len());
        cell.drain(..head.body_start());
        Ok(cell)
    }
}

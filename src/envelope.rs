//! The bytes of a cell: head, nonce, body (spec/envelope.md). No crypto, no I/O.

pub(crate) mod leb128;

use crate::random::NONCE_LEN;
use leb128::Leb128Error;

/// Length of the authentication tag (randomised) or synthetic IV (deterministic) in bytes.
pub(crate) const TAG_LEN: usize = 16;

/// How a cell is sealed: the first byte of its envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Randomised and bound to its row: the default.
    RowBound,
    /// Randomised and bound to its column only: `row = none`.
    ColumnBound,
    /// Equal plaintexts of a column give equal cells: `deterministic`.
    Deterministic,
}

impl Kind {
    /// Every kind that this release reads.
    pub const ALL: [Self; 3] = [Self::RowBound, Self::ColumnBound, Self::Deterministic];

    /// The kind's byte. Bytes 0xF5 to 0xFF never occur in UTF-8, so text can't be taken for a cell.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::RowBound => 0xF5,
            Self::ColumnBound => 0xF6,
            Self::Deterministic => 0xF7,
        }
    }

    fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.byte() == byte)
    }

    /// Bytes between head and ciphertext: the nonce, or the synthetic IV.
    pub(crate) const fn prefix_len(self) -> usize {
        match self {
            Self::RowBound | Self::ColumnBound => NONCE_LEN,
            Self::Deterministic => TAG_LEN,
        }
    }

    /// Bytes behind the ciphertext.
    pub(crate) const fn suffix_len(self) -> usize {
        match self {
            Self::RowBound | Self::ColumnBound => TAG_LEN,
            Self::Deterministic => 0,
        }
    }

    /// Bytes that a cell of this kind is longer than its plaintext, under a data-key version below 128:
    /// 42 randomised, 18 deterministic.
    #[must_use]
    pub const fn overhead(self) -> usize {
        2 + self.prefix_len() + self.suffix_len()
    }
}

/// The head of an envelope: kind and data-key version, as stored and as authenticated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    kind: Kind,
    version: u32,
    bytes: [u8; 1 + leb128::MAX_LEN],
    len: u8,
}

impl Head {
    /// The head of cells of `kind` under data-key `version`.
    ///
    /// # Panics
    /// If `version` is 0, which no key has.
    pub(crate) fn new(kind: Kind, version: u32) -> Self {
        assert!(version > 0, "key versions start at 1");
        let mut bytes = [0; 1 + leb128::MAX_LEN];
        bytes[0] = kind.byte();
        let len = 1 + leb128::write(version, &mut bytes[1..]);
        Self { kind, version, bytes, len: len as u8 }
    }

    /// Reads the head of a stored cell and checks that the whole can be a cell. Needs no key.
    ///
    /// # Errors
    /// [`EnvelopeError`], one variant a fault.
    pub fn parse(cell: &[u8]) -> Result<Self, EnvelopeError> {
        let (&first, rest) = cell.split_first().ok_or(EnvelopeError::Empty)?;
        let kind = Kind::from_byte(first).ok_or(EnvelopeError::UnknownKind(first))?;
        let (version, _) = leb128::read(rest).map_err(EnvelopeError::from_version)?;
        let head = Self::new(kind, version);
        if cell.len() < head.body_start() + kind.suffix_len() {
            return Err(EnvelopeError::TooShort);
        }
        Ok(head)
    }

    /// The cell's kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The data-key version that the cell is sealed under.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len as usize]
    }

    /// Where the ciphertext begins.
    pub(crate) fn body_start(&self) -> usize {
        self.len as usize + self.kind.prefix_len()
    }
}

/// Bytes that are no cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// No byte at all.
    #[error("the cell is empty")]
    Empty,
    /// The first byte names no kind that this release knows: plaintext, or a cell of a later release.
    #[error("byte 0x{0:02X} names no known kind of cell")]
    UnknownKind(u8),
    /// The bytes end within the key version.
    #[error("the cell ends within its key version")]
    VersionTruncated,
    /// The key version is not in its shortest form.
    #[error("the cell's key version is not in its shortest form")]
    VersionNotShortest,
    /// The key version is 0.
    #[error("the cell's key version is 0")]
    VersionZero,
    /// The key version is above 2^32-1.
    #[error("the cell's key version is above 2^32-1")]
    VersionTooLarge,
    /// Shorter than an empty plaintext's cell.
    #[error("the cell is cut short")]
    TooShort,
}

impl EnvelopeError {
    fn from_version(error: Leb128Error) -> Self {
        match error {
            Leb128Error::Truncated => Self::VersionTruncated,
            Leb128Error::NotShortest => Self::VersionNotShortest,
            Leb128Error::Zero => Self::VersionZero,
            Leb128Error::TooLarge => Self::VersionTooLarge,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn overhead_is_42_and_18() {
        assert_eq!(Kind::ALL.map(Kind::overhead), [42, 42, 18]);
    }

    proptest! {
        #[test]
        fn heads_parse_back(version in 1u32.., kind in 0usize..3, body in 0usize..50) {
            let head = Head::new(Kind::ALL[kind], version);
            let mut cell = head.as_bytes().to_vec();
            cell.resize(head.body_start() + head.kind().suffix_len() + body, 0);
            prop_assert_eq!(Head::parse(&cell), Ok(head));
            cell.truncate(head.body_start() + head.kind().suffix_len() - 1);
            prop_assert_eq!(Head::parse(&cell), Err(EnvelopeError::TooShort));
        }

        #[test]
        fn arbitrary_bytes_parse_to_their_own_head_or_an_error(bytes: Vec<u8>) {
            if let Ok(head) = Head::parse(&bytes) {
                prop_assert!(bytes.starts_with(head.as_bytes()));
            }
        }
    }
}

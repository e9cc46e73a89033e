//! One row on its way through a job.

use uuid::Uuid;
use zeroize::Zeroizing;

use crate::context::{FirmId, RowKey, RowKeyPart, RowPlace};

/// A key column's value, in the form that cells are bound to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum KeyPart {
    Uuid(Uuid),
    /// Of any width.
    Integer(i64),
    Text(String),
}

/// The values of a table's row key, in the order of the model's columns.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct KeyParts(pub(super) Vec<KeyPart>);

impl KeyParts {
    /// What cells of the row are bound to; of an empty key: nothing.
    pub(super) fn place(&self) -> RowPlace {
        if self.0.is_empty() { RowPlace::none() } else { RowPlace::of(self) }
    }
}

impl RowKey for KeyParts {
    fn parts(&self) -> usize {
        self.0.len()
    }

    fn encode(&self, put: &mut dyn FnMut(u8, &[u8])) {
        for part in &self.0 {
            match part {
                KeyPart::Uuid(value) => value.encode_part(put),
                KeyPart::Integer(value) => value.encode_part(put),
                KeyPart::Text(value) => value.encode_part(put),
            }
        }
    }
}

/// A value of a legacy column.
#[derive(Clone)]
pub(super) enum Plain {
    /// `column::text`, with the session set to ISO dates, UTC and the shortest exact floats.
    Text(Zeroizing<String>),
    /// The bytes of a bytea or blob column.
    Bytes(Zeroizing<Vec<u8>>),
}

impl std::fmt::Debug for Plain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Plain(<redacted>)")
    }
}

/// What a row holds of one pair.
#[derive(Debug, Clone, Default)]
pub(super) struct PairValue {
    /// `None`: NULL, or the job reads no legacy column.
    pub(super) plain: Option<Plain>,
    pub(super) sealed: Option<Vec<u8>>,
    pub(super) term: Option<Vec<u8>>,
}

/// A firm and a row key that cells are bound to.
#[derive(Debug, Clone)]
pub(super) struct Binding {
    pub(super) firm: FirmId,
    pub(super) place: RowPlace,
}

/// A row as it was read.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// The table's primary key, by which the row is addressed.
    pub(super) id: KeyParts,
    /// What its cells are bound to.
    pub(super) place: RowPlace,
    pub(super) firm: FirmId,
    /// What its cells were bound to before, where a job says that it was something else.
    pub(super) old: Option<Binding>,
    /// `xmin`; 0 on SQLite.
    pub(super) version: u32,
    /// In the order of the subject's columns.
    pub(super) pairs: Vec<PairValue>,
}

/// What becomes of one pair.
#[derive(Debug, Clone)]
pub(super) enum PairChange {
    /// It stays as it is.
    Keep,
    /// Sealed cell and term.
    Seal { sealed: Option<Vec<u8>>, term: Option<Vec<u8>> },
    /// The legacy column.
    Unseal { plain: Option<Plain> },
    /// The term alone.
    Term { term: Option<Vec<u8>> },
}

/// What becomes of a row.
#[derive(Debug, Clone)]
pub(super) enum Outcome {
    /// Nothing is to be done.
    Unchanged,
    /// In the order of the subject's columns.
    Write(Vec<PairChange>),
    /// It can't be done: the pair, and why.
    Quarantine { pair: usize, reason: Reason },
}

/// Why a row is in quarantine. Its code is stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reason {
    /// The value is not of the codec's type, or beyond its range.
    NotOfTheCodec,
    /// Sealed, opened and written back, the value would not be equal.
    DoesNotRoundTrip,
    /// `legacy_with` refused the value.
    LegacyRefused,
    /// The row's firm has no keys.
    UnknownFirm,
    /// The row names no firm.
    NoFirm,
    /// A UNIQUE index holds the term of another row.
    NotUnique,
    /// The cell does not open.
    DoesNotOpen,
    /// The opened cell is not the plaintext beside it.
    Differs,
    /// The term is not the value's.
    WrongTerm,
    /// The database refuses what would be written: a constraint or a trigger of the table.
    Refused,
}

impl Reason {
    /// Its stable code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotOfTheCodec => "not-of-the-codec",
            Self::DoesNotRoundTrip => "does-not-round-trip",
            Self::LegacyRefused => "legacy-refused",
            Self::UnknownFirm => "unknown-firm",
            Self::NoFirm => "no-firm",
            Self::NotUnique => "not-unique",
            Self::DoesNotOpen => "does-not-open",
            Self::Differs => "differs",
            Self::WrongTerm => "wrong-term",
            Self::Refused => "refused",
        }
    }
}

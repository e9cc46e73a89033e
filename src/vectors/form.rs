//! The form of a vector file, and keys out of its bytes.

use std::fmt;
use std::ops::Deref;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::context::FirmId;
use crate::keys::hierarchy::MasterKeys;
use crate::random::{RandomError, Randomness};
use crate::secret::FirmMasterKey;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File<T> {
    format: String,
    spec: String,
    comment: String,
    cases: Vec<T>,
}

/// Checks every case of a file's text and tells how many there were. An unknown field is a failure: nobody would check it.
pub(super) fn each<T: DeserializeOwned>(text: &str, check: impl Fn(&T)) -> usize {
    let file: File<T> = serde_json::from_str(text).unwrap();
    assert_eq!(file.format, "fieldseal-vectors-v1");
    assert!(!file.spec.is_empty() && !file.comment.is_empty());
    file.cases.iter().for_each(check);
    file.cases.len()
}

/// Bytes, in a file as lowercase hex.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Hex(Vec<u8>);

impl TryFrom<String> for Hex {
    type Error = hex::FromHexError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        assert_eq!(text, text.to_lowercase(), "hex is lowercase");
        hex::decode(text).map(Self)
    }
}

impl Deref for Hex {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl<T: AsRef<[u8]>> PartialEq<T> for Hex {
    fn eq(&self, other: &T) -> bool {
        self.0 == other.as_ref()
    }
}

impl fmt::Debug for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl Hex {
    /// The bytes as a key or nonce of fixed length.
    pub(super) fn array<const N: usize>(&self) -> [u8; N] {
        self.0.as_slice().try_into().unwrap()
    }

    /// Writes the bytes into a key: the argument of its `init`.
    pub(super) fn fill<const N: usize>(&self) -> impl FnOnce(&mut [u8; N]) {
        |out| *out = self.array()
    }
}

/// What is derived from the firm master key of these bytes.
pub(super) fn master_keys(firm: &FirmId, version: u32, key: &Hex) -> MasterKeys {
    MasterKeys::new(firm, version, &FirmMasterKey::init(key.fill()))
}

/// Firm ids lie in files as their text form.
pub(super) fn firm<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<FirmId, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

/// A source of the one nonce that a vector was made with.
pub(super) struct Fixed(pub(super) Vec<u8>);

impl Randomness for Fixed {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        bytes.copy_from_slice(&self.0);
        Ok(())
    }
}

/// The fields at the start of `bytes`, as far as they go: what a store's row claims before anything is verified.
pub(super) fn fields(bytes: &[u8]) -> Vec<&[u8]> {
    let mut rest = bytes.get(4..).unwrap_or_default();
    let mut next = || {
        let (len, tail) = rest.split_first_chunk::<4>()?;
        let (field, tail) = tail.split_at_checked(u32::from_be_bytes(*len) as usize)?;
        rest = tail;
        Some(field)
    };
    std::iter::from_fn(&mut next).collect()
}

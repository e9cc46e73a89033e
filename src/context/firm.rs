//! Names of firms.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// Names the firm (tenant) that owns rows and keys.
///
/// The type is part of the name: the text `"42"` and the integer `42` are two firms. Made by `From` from
/// [`Uuid`], `i64`, `i32` and text; [`FirmId::Platform`] is the service itself, for models with `firm = platform`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FirmId {
    /// The service itself: single-tenant models, global indexes, and the endorsement of every other firm.
    Platform,
    /// A firm named by a UUID.
    Uuid(Uuid),
    /// A firm named by an integer.
    Int(i64),
    /// A firm named by text: 1 to 255 bytes without control characters.
    Text(String),
}

/// Longest text id in bytes: the key store and every KMS take it as an encryption-context value.
const MAX_TEXT: usize = 255;

impl FirmId {
    /// The one text form used in key derivation, the key store and the KMS encryption context.
    pub(crate) fn canonical(&self) -> String {
        self.to_string()
    }

    /// Refuses a text id that the key store or a KMS could not hold.
    pub(crate) fn check(&self) -> Result<(), InvalidFirmId> {
        match self {
            Self::Text(text) if text.is_empty() || text.len() > MAX_TEXT || text.chars().any(char::is_control) => {
                Err(InvalidFirmId)
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for FirmId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Platform => f.write_str("platform"),
            Self::Uuid(id) => write!(f, "uuid:{}", id.hyphenated()),
            Self::Int(id) => write!(f, "int:{id}"),
            Self::Text(id) => write!(f, "text:{id}"),
        }
    }
}

impl FromStr for FirmId {
    type Err = InvalidFirmId;

    /// Reads the form that `Display` writes: `platform`, `uuid:…`, `int:…` or `text:…`.
    fn from_str(s: &str) -> Result<Self, InvalidFirmId> {
        let firm = match s.split_once(':') {
            None if s == "platform" => Self::Platform,
            Some(("uuid", id)) => Self::Uuid(id.parse().map_err(|_| InvalidFirmId)?),
            Some(("int", id)) => Self::Int(id.parse().map_err(|_| InvalidFirmId)?),
            Some(("text", id)) => Self::Text(id.to_owned()),
            _ => return Err(InvalidFirmId),
        };
        // Only the canonical form: two spellings of one firm would be two rows of the store.
        if firm.canonical() == s { firm.check().map(|()| firm) } else { Err(InvalidFirmId) }
    }
}

macro_rules! from {
    ($($source:ty => |$id:ident| $firm:expr;)*) => {$(
        impl From<$source> for FirmId {
            fn from($id: $source) -> Self {
                $firm
            }
        }
    )*};
}

from! {
    Uuid => |id| Self::Uuid(id);
    &Uuid => |id| Self::Uuid(*id);
    i64 => |id| Self::Int(id);
    &i64 => |id| Self::Int(*id);
    i32 => |id| Self::Int(id.into());
    &i32 => |id| Self::Int((*id).into());
    String => |id| Self::Text(id);
    &String => |id| Self::Text(id.clone());
    &str => |id| Self::Text(id.to_owned());
    &FirmId => |id| id.clone();
}

/// A firm id that can't be used: text of 1 to 255 bytes without control characters is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a firm id: a UUID, an integer, or text of 1 to 255 bytes without control characters is wanted")]
pub struct InvalidFirmId;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn kinds_of_one_spelling_are_distinct_firms() {
        let names: Vec<String> = [FirmId::Platform, FirmId::from("platform"), FirmId::from(42i64), FirmId::from("42")]
            .iter()
            .map(FirmId::canonical)
            .collect();
        assert_eq!(names, ["platform", "text:platform", "int:42", "text:42"]);
    }

    #[test]
    fn unusable_and_uncanonical_names_are_refused() {
        for bad in ["", "Platform", "int:+1", "int:01", "uuid:x", "text:", "text:a\0b", "other:1"] {
            assert_eq!(bad.parse::<FirmId>(), Err(InvalidFirmId), "{bad:?}");
        }
        assert!(FirmId::from("x".repeat(256)).check().is_err());
    }

    proptest! {
        #[test]
        fn display_parses_back(id: i64, bytes: u128, text in "[^\\p{Cc}]{1,40}") {
            for firm in [FirmId::from(id), FirmId::from(Uuid::from_u128(bytes)), FirmId::from(text)] {
                prop_assert_eq!(firm.to_string().parse::<FirmId>(), Ok(firm));
            }
        }
    }
}

//! Codecs of the types that need no wrapper.

use std::borrow::Cow;

use diesel::sql_types::{BigInt, Binary, Bool, Text};
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use uuid::Uuid;

use super::fixed::{Copied, decode_copied};
use super::secret::wipe;
use super::{CodecError, Decode, Encode};
use crate::sql;

/// Values whose stored form is bytes that they hold already.
macro_rules! borrowed {
    ($($source:ty => $form:ty, |$value:ident| $bytes:expr;)*) => {$(
        impl Encode for $source {
            type Form = $form;

            fn stored_len(&self) -> Result<usize, CodecError> {
                let $value = self;
                Ok($bytes.len())
            }

            fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
                let $value = self;
                out.extend_from_slice($bytes);
                Ok(())
            }

            fn stored(&self) -> Option<&[u8]> {
                let $value = self;
                Some($bytes)
            }
        }
    )*};
}

borrowed! {
    str => Text, |v| v.as_bytes();
    String => Text, |v| v.as_bytes();
    Cow<'_, str> => Text, |v| v.as_bytes();
    SecretString => Text, |v| v.expose_secret().as_bytes();
    [u8] => Binary, |v| v;
    Vec<u8> => Binary, |v| v.as_slice();
    Cow<'_, [u8]> => Binary, |v| v.as_ref();
    SecretSlice<u8> => Binary, |v| v.expose_secret();
    Uuid => sql::Uuid, |v| v.as_bytes().as_slice();
}

impl<const N: usize> Encode for [u8; N] {
    type Form = Binary;

    fn stored_len(&self) -> Result<usize, CodecError> {
        Ok(N)
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        out.extend_from_slice(self);
        Ok(())
    }

    fn stored(&self) -> Option<&[u8]> {
        Some(self)
    }
}

impl<T: Encode + ?Sized> Encode for &T {
    type Form = T::Form;

    fn stored_len(&self) -> Result<usize, CodecError> {
        T::stored_len(self)
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        T::write(self, out)
    }

    fn stored(&self) -> Option<&[u8]> {
        T::stored(self)
    }
}

impl Encode for bool {
    type Form = Bool;

    fn stored_len(&self) -> Result<usize, CodecError> {
        Ok(1)
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        out.push(u8::from(*self));
        Ok(())
    }
}

impl Copied for bool {
    fn read(stored: &[u8]) -> Result<Self, CodecError> {
        match stored {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(CodecError::Form { expected: "a bool of one byte, 0 or 1" }),
        }
    }
}

/// All integers share one form, so that widening a field's type is no re-encryption.
macro_rules! integers {
    ($($int:ty)*) => {$(
        impl Encode for $int {
            type Form = BigInt;

            fn stored_len(&self) -> Result<usize, CodecError> {
                Ok(8)
            }

            fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
                out.extend_from_slice(&i64::from(*self).to_be_bytes());
                Ok(())
            }
        }

        impl Copied for $int {
            fn read(stored: &[u8]) -> Result<Self, CodecError> {
                let bytes = stored.try_into().map_err(|_| CodecError::Form { expected: "an integer of 8 bytes" })?;
                i64::from_be_bytes(bytes)
                    .try_into()
                    .map_err(|_| CodecError::OutOfRange { target: stringify!($int) })
            }
        }
    )*};
}

integers!(i16 i32 i64);

impl<const N: usize> Copied for [u8; N] {
    fn read(stored: &[u8]) -> Result<Self, CodecError> {
        stored.try_into().map_err(|_| CodecError::OutOfRange { target: "an array of bytes of another length" })
    }
}

impl Copied for Uuid {
    fn read(stored: &[u8]) -> Result<Self, CodecError> {
        Self::from_slice(stored).map_err(|_| CodecError::Form { expected: "a UUID of 16 bytes" })
    }
}

decode_copied! {
    [] bool: Bool;
    [] i16: BigInt;
    [] i32: BigInt;
    [] i64: BigInt;
    [] Uuid: sql::Uuid;
    [const N: usize] [u8; N]: Binary;
}

impl Decode for String {
    type Form = Text;

    fn decode(stored: Vec<u8>) -> Result<Self, CodecError> {
        Self::from_utf8(stored).map_err(|_| NOT_TEXT)
    }

    fn decode_zeroizing(stored: Vec<u8>) -> Result<Self, CodecError> {
        Self::from_utf8(stored).map_err(|error| {
            wipe(&mut error.into_bytes());
            NOT_TEXT
        })
    }
}

pub(super) const NOT_TEXT: CodecError = CodecError::Form { expected: "UTF-8 text" };

impl Decode for Vec<u8> {
    type Form = Binary;

    fn decode(stored: Vec<u8>) -> Result<Self, CodecError> {
        Ok(stored)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn round_trip<T: Encode + Decode + PartialEq + std::fmt::Debug>(value: T) {
        let mut out = Vec::new();
        value.write(&mut out).unwrap();
        assert_eq!(value.stored_len().unwrap(), out.len());
        assert!(value.stored().is_none_or(|stored| stored == out));
        assert_eq!(T::decode(out).unwrap(), value);
    }

    proptest! {
        #[test]
        fn values_read_back(text: String, bytes: Vec<u8>, long: i64, int: i32, short: i16, flag: bool, id: u128) {
            round_trip(text);
            round_trip(bytes);
            round_trip(long);
            round_trip(int);
            round_trip(short);
            round_trip(flag);
            round_trip(Uuid::from_u128(id));
            round_trip(id.to_be_bytes());
        }
    }

    #[test]
    fn foreign_forms_are_errors() {
        assert!(String::decode(vec![0xFF]).is_err());
        assert!(bool::decode(vec![2]).is_err());
        assert!(i64::decode(vec![0; 7]).is_err());
        assert!(Uuid::decode(vec![0; 15]).is_err());
        assert!(<[u8; 4]>::decode(vec![0; 5]).is_err());
        let wide = i64::MAX.to_be_bytes().to_vec();
        assert_eq!(i32::decode(wide), Err(CodecError::OutOfRange { target: "i32" }));
    }
}

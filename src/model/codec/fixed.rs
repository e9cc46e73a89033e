//! Stored forms that are copied into a value, and those of fixed length: what their bytes say, whichever crate's type
//! holds it.

use super::CodecError;

/// A value that copies what it reads: the stored form is freed afterwards.
pub(super) trait Copied: Sized {
    fn read(stored: &[u8]) -> Result<Self, CodecError>;
}

/// `Decode` of types that are [`Copied`].
macro_rules! decode_copied {
    ($([$($generics:tt)*] $ty:ty: $form:ty;)*) => {$(
        impl<$($generics)*> $crate::model::Decode for $ty {
            type Form = $form;

            fn decode(stored: Vec<u8>) -> Result<Self, $crate::model::CodecError> {
                <Self as $crate::model::codec::fixed::Copied>::read(&stored)
            }

            fn decode_zeroizing(mut stored: Vec<u8>) -> Result<Self, $crate::model::CodecError> {
                let value = <Self as $crate::model::codec::fixed::Copied>::read(&stored);
                $crate::model::codec::secret::wipe(&mut stored);
                value
            }
        }
    )*};
}

/// What a stored form of fixed length says.
pub(super) trait Parts: Sized {
    /// What a reader expects, for its error.
    const EXPECTED: &'static str;
    /// Length in bytes.
    const LEN: usize;

    fn put(&self, out: &mut Vec<u8>);

    /// `None` if the bytes are not of the form.
    fn take(stored: &[u8]) -> Option<Self>;
}

/// `Encode` and `Decode` of types that are converted to and from such parts. The first expression gives
/// `Result<Parts, CodecError>`, the second `Option<Self>`: `None` is a value that the type can't hold.
macro_rules! stored_as {
    ($($parts:ident, $form:ty: $ty:ty, |$value:ident| $to:expr, |$read:ident| $from:expr;)*) => {$(
        impl $crate::model::Encode for $ty {
            type Form = $form;

            fn stored_len(&self) -> Result<usize, $crate::model::CodecError> {
                Ok(<$parts as $crate::model::codec::fixed::Parts>::LEN)
            }

            fn write(&self, out: &mut Vec<u8>) -> Result<(), $crate::model::CodecError> {
                let $value = self;
                let parts: Result<$parts, $crate::model::CodecError> = $to;
                $crate::model::codec::fixed::Parts::put(&parts?, out);
                Ok(())
            }
        }

        impl $crate::model::codec::fixed::Copied for $ty {
            fn read(stored: &[u8]) -> Result<Self, $crate::model::CodecError> {
                let $read: $parts = $crate::model::codec::fixed::take(stored)?;
                let value: Option<Self> = $from;
                value.ok_or($crate::model::CodecError::OutOfRange { target: stringify!($ty) })
            }
        }

        $crate::model::codec::fixed::decode_copied!([] $ty: $form;);
    )*};
}

pub(super) use {decode_copied, stored_as};

pub(super) fn take<P: Parts>(stored: &[u8]) -> Result<P, CodecError> {
    P::take(stored).ok_or(CodecError::Form { expected: P::EXPECTED })
}

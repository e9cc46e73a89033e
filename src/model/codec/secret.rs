//! Types that are zeroized when they are dropped: their plaintext stays in no other buffer.

use diesel::sql_types::{Binary, Text};
use secrecy::{SecretSlice, SecretString};
use zeroize::{Zeroize, Zeroizing};

use super::impls::NOT_TEXT;
use super::{CodecError, Decode, Encode};

/// Zeroizes what is stored and what lies behind it: a cell is opened in place and moved to the front of its buffer.
pub(super) fn wipe(stored: &mut Vec<u8>) {
    stored.resize(stored.capacity(), 0);
    stored.as_mut_slice().zeroize();
}

// A `String` or `Vec` that becomes a box is cut to size, which may move it and leave the plaintext where it was: it is
// copied into a box of its size instead, and zeroized.

impl Decode for SecretString {
    type Form = Text;

    fn decode(mut stored: Vec<u8>) -> Result<Self, CodecError> {
        let text = std::str::from_utf8(&stored).map(Box::from).map_err(|_| NOT_TEXT);
        wipe(&mut stored);
        text.map(Self::new)
    }
}

impl Decode for SecretSlice<u8> {
    type Form = Binary;

    fn decode(mut stored: Vec<u8>) -> Result<Self, CodecError> {
        let bytes = Box::from(stored.as_slice());
        wipe(&mut stored);
        Ok(Self::new(bytes))
    }
}

impl<T: Encode + Zeroize> Encode for Zeroizing<T> {
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

/// Text and bytes keep the opened buffer, spare capacity and all, which `Zeroizing` zeroizes whole.
impl<T: Decode + Zeroize> Decode for Zeroizing<T> {
    type Form = T::Form;

    fn decode(stored: Vec<u8>) -> Result<Self, CodecError> {
        T::decode_zeroizing(stored).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    /// As an opened cell: plaintext in front, what it was moved from behind it.
    fn opened(plain: &[u8]) -> Vec<u8> {
        let mut cell = [plain, plain, plain].concat();
        cell.truncate(plain.len());
        cell
    }

    #[test]
    fn wiping_takes_the_spare_capacity_too() {
        let mut stored = opened(b"hunter2");
        let capacity = stored.capacity();
        assert!(capacity > stored.len());
        wipe(&mut stored);
        assert_eq!((stored.capacity(), stored), (capacity, vec![0; capacity]));
    }

    #[test]
    fn text_and_bytes_are_never_copied_on_their_way_into_zeroizing() {
        let stored = opened(b"hunter2");
        let place = stored.as_ptr();
        let text = Zeroizing::<String>::decode(stored).unwrap();
        assert_eq!((text.as_str(), text.as_ptr()), ("hunter2", place));

        let stored = opened(b"hunter2");
        let place = stored.as_ptr();
        let bytes = Zeroizing::<Vec<u8>>::decode(stored).unwrap();
        assert_eq!((bytes.as_slice(), bytes.as_ptr()), (b"hunter2".as_slice(), place));
    }

    #[test]
    fn secrets_are_copied_into_a_box_of_their_size() {
        let text = SecretString::decode(opened(b"hunter2")).unwrap();
        assert_eq!(text.expose_secret(), "hunter2");
        let bytes = SecretSlice::decode(opened(b"hunter2")).unwrap();
        assert_eq!(bytes.expose_secret(), b"hunter2");
        assert_eq!(SecretString::decode(vec![0xFF]).unwrap_err(), NOT_TEXT);
    }

    #[test]
    fn what_is_copied_out_is_zeroizing_too() {
        let key = Zeroizing::<[u8; 4]>::decode(vec![1, 2, 3, 4]).unwrap();
        assert_eq!(*key, [1, 2, 3, 4]);
        assert_eq!((key.stored(), key.stored_len()), (Some([1, 2, 3, 4].as_slice()), Ok(4)));
        assert_eq!(*Zeroizing::<i64>::decode(7_i64.to_be_bytes().to_vec()).unwrap(), 7);
        assert_eq!(Zeroizing::<String>::decode(vec![0xFF]).unwrap_err(), NOT_TEXT);
    }
}

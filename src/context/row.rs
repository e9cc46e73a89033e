//! Row keys: what a row-bound cell is bound to.

use smallvec::SmallVec;
use uuid::Uuid;

use super::length;

/// An encoded row key, ready to be authenticated with every cell of its row.
///
/// Empty for column-bound cells. UUIDs, integers and short text need no allocation.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RowPlace(SmallVec<[u8; INLINE]>);

/// Three UUIDs, or one UUID and a text of 40 bytes.
const INLINE: usize = 96;

impl RowPlace {
    /// The place of cells that are bound to no row.
    #[must_use]
    pub fn none() -> Self {
        Self(SmallVec::new())
    }

    /// Encodes `key` (spec/envelope.md, ROW).
    #[must_use]
    pub fn of(key: &impl RowKey) -> Self {
        let mut out = SmallVec::new();
        out.extend_from_slice(&length(key.parts()));
        key.encode(&mut |tag, bytes| {
            out.push(tag);
            out.extend_from_slice(&length(bytes.len()));
            out.extend_from_slice(bytes);
        });
        Self(out)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for RowPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RowPlace({} bytes)", self.0.len())
    }
}

/// A row key: one value or a tuple of up to four, known to the application before INSERT.
///
/// Implemented for [`Uuid`], `i16`, `i32`, `i64`, text, references to these, and tuples of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be a row key",
    label = "cells are bound to this value, so the application must know it before INSERT",
    note = "row keys are Uuid, i16, i32, i64, text, newtypes of one that derive `fieldseal::RowKeyPart`, and tuples of \
            these",
    note = "for a key that the database generates (`Option<i64>`, SERIAL) add an app-generated column and write \
            `#[encrypted(row = seal_id)]`, or give up row binding by `#[encrypted(row = none)]`"
)]
pub trait RowKey {
    /// How many parts the key has.
    fn parts(&self) -> usize;

    /// Gives each part's type tag and bytes to `put`, in order.
    fn encode(&self, put: &mut dyn FnMut(u8, &[u8]));
}

/// One column of a row key. Newtypes of ids [derive](macro@crate::RowKeyPart) it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be part of a row key",
    label = "cells are bound to this value, so the application must know it before INSERT",
    note = "row keys are Uuid, i16, i32, i64, text, newtypes of one that derive `fieldseal::RowKeyPart`, and tuples of \
            these",
    note = "for a key that the database generates (`Option<i64>`, SERIAL) add an app-generated column and write \
            `#[encrypted(row = seal_id)]`, or give up row binding by `#[encrypted(row = none)]`"
)]
pub trait RowKeyPart {
    /// Gives the part's type tag and canonical bytes to `put`.
    fn encode_part(&self, put: &mut dyn FnMut(u8, &[u8]));
}

const UUID: u8 = 0x01;
const INTEGER: u8 = 0x02;
const TEXT: u8 = 0x03;

impl RowKeyPart for Uuid {
    fn encode_part(&self, put: &mut dyn FnMut(u8, &[u8])) {
        put(UUID, self.as_bytes());
    }
}

macro_rules! integer_part {
    ($($int:ty),*) => {$(
        impl RowKeyPart for $int {
            fn encode_part(&self, put: &mut dyn FnMut(u8, &[u8])) {
                put(INTEGER, &i64::from(*self).to_be_bytes());
            }
        }
    )*};
}

integer_part!(i16, i32, i64);

impl RowKeyPart for str {
    fn encode_part(&self, put: &mut dyn FnMut(u8, &[u8])) {
        put(TEXT, self.as_bytes());
    }
}

impl RowKeyPart for String {
    fn encode_part(&self, put: &mut dyn FnMut(u8, &[u8])) {
        self.as_str().encode_part(put);
    }
}

impl<T: RowKeyPart + ?Sized> RowKeyPart for &T {
    fn encode_part(&self, put: &mut dyn FnMut(u8, &[u8])) {
        T::encode_part(self, put);
    }
}

impl<T: RowKeyPart> RowKey for T {
    fn parts(&self) -> usize {
        1
    }

    fn encode(&self, put: &mut dyn FnMut(u8, &[u8])) {
        self.encode_part(put);
    }
}

macro_rules! composite {
    ($($count:literal: $($part:ident $index:tt),+;)*) => {$(
        impl<$($part: RowKeyPart),+> RowKey for ($($part,)+) {
            fn parts(&self) -> usize {
                $count
            }

            fn encode(&self, put: &mut dyn FnMut(u8, &[u8])) {
                $(self.$index.encode_part(put);)+
            }
        }
    )*};
}

composite! {
    1: A 0;
    2: A 0, B 1;
    3: A 0, B 1, C 2;
    4: A 0, B 1, C 2, D 3;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_have_one_form_and_types_are_kept_apart() {
        assert_eq!(RowPlace::of(&7i32), RowPlace::of(&7i64));
        assert_eq!(RowPlace::of(&"7"), RowPlace::of(&(String::from("7"),)));
        assert_ne!(RowPlace::of(&7i64), RowPlace::of(&"7"));
        assert_ne!(RowPlace::of(&(1i64, 2i64)), RowPlace::of(&(2i64, 1i64)));
        assert_ne!(RowPlace::of(&("a", "bc")), RowPlace::of(&("ab", "c")));
    }
}

//! Padding: it hides how long a value is, within a class of lengths (spec/envelope.md, Padding).

use super::codec::CodecError;
use super::form::same;

/// The byte that ends the value: bit padding of ISO/IEC 7816-4.
const END: u8 = 0x80;

/// How far the stored form of a column's values is padded before it is sealed: `#[encrypted(pad = …)]`.
///
/// Readers strip whatever padding they find, so that another padding only concerns cells that are sealed from then on.
///
/// # Security
/// A class of lengths still shows: choose a multiple that most values fit into. It pads the cell; whether there is a value at
/// all, and terms, show as before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Padding {
    /// Padmé: at most 12 percent longer, and few lengths for long values. Short values keep their lengths apart; pad those
    /// to a multiple.
    Padme,
    /// A multiple of so many bytes, 2 to 65536.
    Multiple(u32),
}

impl Padding {
    /// The padded length of a value of `len` bytes. It is at least one byte longer, the end mark.
    #[must_use]
    pub const fn padded_len(self, len: usize) -> usize {
        let len = len + 1;
        match self {
            Self::Padme => padme(len),
            Self::Multiple(of) => len.div_ceil(of as usize) * of as usize,
        }
    }

    /// Pads what was appended to `out` from `start` on.
    pub(crate) fn fill(self, out: &mut Vec<u8>, start: usize) {
        let padded = self.padded_len(out.len() - start);
        out.push(END);
        out.resize(start + padded, 0);
    }

    /// Whether two paddings are the same, in constants.
    pub(crate) const fn is(self, other: Self) -> bool {
        match (self, other) {
            (Self::Padme, Self::Padme) => true,
            (Self::Multiple(a), Self::Multiple(b)) => a == b,
            _ => false,
        }
    }
}

/// Takes the padding off an opened plaintext.
pub(crate) fn strip(plain: &mut Vec<u8>) -> Result<(), CodecError> {
    let end = plain.iter().rposition(|&byte| byte != 0).filter(|&end| plain[end] == END);
    plain.truncate(end.ok_or(CodecError::Padding)?);
    Ok(())
}

/// Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs" (2019), section 4: lengths
/// as floating-point numbers whose mantissa is no longer than the exponent.
const fn padme(len: usize) -> usize {
    if len < 2 {
        return len;
    }
    let exponent = len.ilog2();
    let mantissa = exponent.ilog2() + 1;
    let mask = (1 << (exponent - mantissa)) - 1;
    (len + mask) & !mask
}

/// Whether values of this stored form are all of one length, which padding can't hide.
pub(crate) const fn is_fixed(codec: &str) -> bool {
    let fixed = ["i64", "bool", "uuid", "date", "time", "timestamp", "timestamptz", "f64"];
    let mut i = 0;
    while i < fixed.len() {
        if same(fixed[i], codec) {
            return true;
        }
        i += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn padme_is_the_papers() {
        // Lengths with the end mark: 9 of the paper's example becomes 10.
        let padded = |len: usize| Padding::Padme.padded_len(len - 1);
        assert_eq!([1, 2, 3, 7, 8, 9, 10].map(padded), [1, 2, 3, 7, 8, 10, 10]);
        assert_eq!([33, 64, 65, 1000, 1025, 1 << 20].map(padded), [36, 64, 72, 1024, 1088, 1 << 20]);
    }

    #[test]
    fn only_a_mark_before_zeros_is_padding() {
        let strip = |bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            strip(&mut bytes).map(|()| bytes)
        };
        assert_eq!(strip(b"\x80"), Ok(vec![]));
        assert_eq!(strip(b"a\x80\x80\0\0"), Ok(b"a\x80".to_vec()));
        for bytes in [&b""[..], b"\0\0", b"a", b"a\0", b"a\x80b", b"a\x80\x01\0"] {
            assert_eq!(strip(bytes), Err(CodecError::Padding));
        }
    }

    fn padding() -> impl Strategy<Value = Padding> {
        prop_oneof![Just(Padding::Padme), (2..=65_536u32).prop_map(Padding::Multiple)]
    }

    proptest! {
        #[test]
        fn lengths_grow_in_classes(padding in padding(), len in 0..1_000_000usize) {
            let padded = padding.padded_len(len);
            prop_assert!(padded > len && padding.padded_len(len + 1) >= padded);
            // The longest value of the class is as long as the class.
            prop_assert_eq!(padding.padded_len(padded - 1), padded);
            match padding {
                Padding::Padme => prop_assert!(padded - len - 1 <= (len + 1) * 12 / 100),
                Padding::Multiple(of) => prop_assert!(padded % of as usize == 0 && padded - len <= of as usize),
            }
        }

        #[test]
        fn what_was_padded_is_stripped(padding in padding(), head in 0..40usize, value: Vec<u8>) {
            let mut bytes = [vec![7; head], value.clone()].concat();
            padding.fill(&mut bytes, head);
            prop_assert_eq!(bytes.len() - head, padding.padded_len(value.len()));
            let mut plain = bytes.split_off(head);
            strip(&mut plain).unwrap();
            prop_assert_eq!(plain, value);
        }
    }
}

//! Binary floating point (spec/envelope.md, ENV-25).

use diesel::sql_types::Double;

use super::fixed::{Parts, stored_as};

/// A binary64 as the form holds it: every NaN is one.
#[derive(Debug, Clone, Copy)]
struct Binary64(f64);

const NAN: u64 = 0x7FF8_0000_0000_0000;

impl Parts for Binary64 {
    const EXPECTED: &'static str = "a binary64 of 8 bytes";
    const LEN: usize = 8;

    fn put(&self, out: &mut Vec<u8>) {
        let bits = if self.0.is_nan() { NAN } else { self.0.to_bits() };
        out.extend_from_slice(&bits.to_be_bytes());
    }

    fn take(stored: &[u8]) -> Option<Self> {
        let bits = u64::from_be_bytes(stored.try_into().ok()?);
        let value = f64::from_bits(bits);
        (!value.is_nan() || bits == NAN).then_some(Self(value))
    }
}

stored_as! {
    Binary64, Double: f64,
        |value| Ok(Binary64(*value)),
        |read| Some(read.0);
    Binary64, Double: f32,
        |value| Ok(Binary64(f64::from(*value))),
        |read| narrow(read.0);
}

/// The binary32 that is the very same number.
fn narrow(wide: f64) -> Option<f32> {
    let narrow = wide as f32;
    (wide.is_nan() || f64::from(narrow) == wide).then_some(narrow)
}

//! Decimals: an integer and a scale (spec/envelope.md, ENV-24).

use diesel::sql_types::Numeric;

use super::fixed::{Copied, decode_copied};
use super::{CodecError, Encode};

const FORM: CodecError = CodecError::Form { expected: "a decimal: a scale of 4 bytes and the shortest integer" };

fn put(scale: i32, unscaled: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&scale.to_be_bytes());
    out.extend_from_slice(unscaled);
}

/// Scale and unscaled integer, in two's complement of the shortest form.
fn split(stored: &[u8]) -> Result<(i32, &[u8]), CodecError> {
    let (scale, unscaled) = stored.split_first_chunk::<4>().ok_or(FORM)?;
    if unscaled.is_empty() || shortest(unscaled).len() != unscaled.len() {
        return Err(FORM);
    }
    Ok((i32::from_be_bytes(*scale), unscaled))
}

/// The integer without leading bytes that say nothing.
fn shortest(mut integer: &[u8]) -> &[u8] {
    while let [0, 0..=0x7F, ..] | [0xFF, 0x80..=0xFF, ..] = integer {
        integer = &integer[1..];
    }
    integer
}

#[cfg(feature = "rust_decimal")]
mod fixed_width {
    use rust_decimal::Decimal;

    use super::*;

    impl Encode for Decimal {
        type Form = Numeric;

        fn stored_len(&self) -> Result<usize, CodecError> {
            Ok(4 + shortest(&self.mantissa().to_be_bytes()).len())
        }

        fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
            // At most 28.
            put(self.scale() as i32, shortest(&self.mantissa().to_be_bytes()), out);
            Ok(())
        }
    }

    impl Copied for Decimal {
        fn read(stored: &[u8]) -> Result<Self, CodecError> {
            let (scale, unscaled) = split(stored)?;
            let value = integer(unscaled).and_then(|unscaled| scaled(unscaled, scale));
            value.ok_or(CodecError::OutOfRange { target: "rust_decimal::Decimal" })
        }
    }

    decode_copied!([] Decimal: Numeric;);

    fn integer(unscaled: &[u8]) -> Option<i128> {
        let sign = if unscaled.first()? & 0x80 == 0 { 0 } else { 0xFF };
        let mut bytes = [sign; 16];
        bytes.get_mut(16_usize.checked_sub(unscaled.len())?..)?.copy_from_slice(unscaled);
        Some(i128::from_be_bytes(bytes))
    }

    /// A negative scale, which the type has not, is multiplied out.
    fn scaled(unscaled: i128, scale: i32) -> Option<Decimal> {
        let zeros = if unscaled == 0 { 0 } else { scale.min(0).unsigned_abs() };
        let unscaled = unscaled.checked_mul(10_i128.checked_pow(zeros)?)?;
        Decimal::try_from_i128_with_scale(unscaled, scale.max(0).unsigned_abs()).ok()
    }
}

#[cfg(feature = "bigdecimal")]
mod any_width {
    use bigdecimal::BigDecimal;
    use bigdecimal::num_bigint::BigInt;

    use super::*;

    const SCALE: CodecError = CodecError::NoForm { reason: "its scale is beyond 32 bits" };

    impl Encode for BigDecimal {
        type Form = Numeric;

        fn stored_len(&self) -> Result<usize, CodecError> {
            let (unscaled, _) = self.as_bigint_and_scale();
            Ok(4 + unscaled.to_signed_bytes_be().len())
        }

        fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
            let (unscaled, scale) = self.as_bigint_and_scale();
            put(scale.try_into().map_err(|_| SCALE)?, &unscaled.to_signed_bytes_be(), out);
            Ok(())
        }
    }

    impl Copied for BigDecimal {
        fn read(stored: &[u8]) -> Result<Self, CodecError> {
            let (scale, unscaled) = split(stored)?;
            Ok(Self::new(BigInt::from_signed_bytes_be(unscaled), scale.into()))
        }
    }

    decode_copied!([] BigDecimal: Numeric;);
}

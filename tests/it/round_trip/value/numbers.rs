//! Integers, floats, decimals, and what else is of one length.

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;
use proptest::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::values;

/// The largest mantissa of `rust_decimal`.
const MANTISSA: i128 = (1 << 96) - 1;

values! {
    bool: any::<bool>(), [false, true];
    i16: any::<i16>(), [i16::MIN, i16::MAX, 0, -1];
    i32: any::<i32>(), [i32::MIN, i32::MAX, 0, -1];
    i64: any::<i64>(), [i64::MIN, i64::MAX, 0, -1];
    f32: proptest::num::f32::ANY,
        [0.0, -0.0, f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MIN_POSITIVE, f32::from_bits(1), f32::MAX],
        // Every NaN is stored as one.
        |read, written| read.to_bits() == written.to_bits() || (read.is_nan() && written.is_nan());
    f64: proptest::num::f64::ANY,
        [0.0, -0.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MIN_POSITIVE, f64::from_bits(1), f64::MAX],
        |read, written| read.to_bits() == written.to_bits() || (read.is_nan() && written.is_nan());
    Uuid: any::<u128>().prop_map(Uuid::from_u128), [Uuid::nil(), Uuid::max()];
    Decimal: (-MANTISSA..=MANTISSA, 0..=28_u32).prop_map(|(mantissa, scale)| Decimal::from_i128_with_scale(mantissa, scale)),
        [Decimal::MAX, Decimal::MIN, Decimal::ZERO, Decimal::new(100, 2), Decimal::from_i128_with_scale(MANTISSA, 28),
            Decimal::from_i128_with_scale(-1, 28)],
        |read, written| (read.mantissa(), read.scale()) == (written.mantissa(), written.scale());
    BigDecimal: (any::<Vec<u8>>(), any::<i32>()).prop_map(|(digits, scale)| big(&digits, scale)),
        [big(&[], 0), big(&[0x80; 40], i32::MAX), big(&[0x7F; 40], i32::MIN), big(&[100], 2), big(&[5], -3)],
        |read, written| read.as_bigint_and_exponent() == written.as_bigint_and_exponent();
}

fn big(digits: &[u8], scale: i32) -> BigDecimal {
    BigDecimal::new(BigInt::from_signed_bytes_be(digits), scale.into())
}

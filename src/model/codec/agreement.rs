//! Types of different crates read each other's cells, and refuse what they can't hold.

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{CodecError, Decode, Encode};

fn stored(value: &impl Encode) -> Vec<u8> {
    let mut out = Vec::new();
    value.write(&mut out).unwrap();
    assert_eq!(value.stored_len().unwrap(), out.len());
    out
}

fn round_trip<T: Decode + Encode>(value: &T) -> T {
    T::decode(stored(value)).unwrap()
}

/// All types read `stored` and write it again as it was.
macro_rules! all_agree {
    ($stored:expr => $($ty:ty),*) => {{
        let stored_form: Vec<u8> = $stored;
        $(prop_assert_eq!(stored(&<$ty>::decode(stored_form.clone()).unwrap()), &stored_form[..], "{}", stringify!($ty));)*
    }};
}

/// Every type holds these years; jiff's instants end a day and two hours before year's end.
const FIRST: i64 = -377_705_023_201;
const LAST: i64 = 253_402_207_200;

fn moments() -> impl Strategy<Value = NaiveDateTime> {
    (FIRST..LAST, 0..1_000_000_000_u32)
        .prop_map(|(second, nanos)| DateTime::from_timestamp(second, nanos).unwrap().naive_utc())
}

/// Around the ends of what the crates' types hold, and anywhere.
fn seconds() -> impl Strategy<Value = i64> {
    prop_oneof![any::<i64>(), -10_000_000_000_000..10_000_000_000_000_i64, LAST - 10_000_000..LAST + 10_000_000]
}

fn days() -> impl Strategy<Value = i32> {
    prop_oneof![any::<i32>(), -100_000_000..100_000_000, -5_000_000..5_000_000]
}

proptest! {
    #[test]
    fn crates_agree_about_dates_and_times(moment in moments()) {
        all_agree!(stored(&moment.date()) => NaiveDate, time::Date, jiff::civil::Date);
        all_agree!(stored(&moment.time()) => NaiveTime, time::Time, jiff::civil::Time);
        all_agree!(stored(&moment) => NaiveDateTime, time::PrimitiveDateTime, jiff::civil::DateTime);
        all_agree!(stored(&moment.and_utc()) => DateTime<Utc>, time::OffsetDateTime, jiff::Timestamp);
    }

    #[test]
    fn crates_mean_the_same_moment(moment in moments()) {
        let (second, nanos) = (moment.and_utc().timestamp(), moment.nanosecond());
        let time = time::PrimitiveDateTime::decode(stored(&moment)).unwrap();
        prop_assert_eq!((time.assume_utc().unix_timestamp(), time.nanosecond()), (second, nanos));
        let jiff = jiff::civil::DateTime::decode(stored(&moment)).unwrap().to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
        prop_assert_eq!(jiff.as_nanosecond(), i128::from(second) * 1_000_000_000 + i128::from(nanos));
        prop_assert_eq!(jiff::Timestamp::decode(stored(&moment.and_utc())).unwrap(), jiff);
    }

    #[test]
    fn values_of_any_size_read_back_or_are_refused(days in days(), seconds in seconds(), nanos in 0..1_000_000_000_u32) {
        let date = days.to_be_bytes().to_vec();
        let moment = [seconds.to_be_bytes().as_slice(), &nanos.to_be_bytes()].concat();
        macro_rules! held_or_refused {
            ($form:ident: $($ty:ty),*) => {$(
                match <$ty>::decode($form.clone()) {
                    Ok(value) => prop_assert_eq!(stored(&value), &$form[..], "{}", stringify!($ty)),
                    Err(error) => {
                        prop_assert!(matches!(error, CodecError::OutOfRange { .. }), "{}: {}", stringify!($ty), error);
                    }
                }
            )*};
        }
        held_or_refused!(date: NaiveDate, time::Date, jiff::civil::Date);
        held_or_refused!(moment: NaiveDateTime, time::PrimitiveDateTime, jiff::civil::DateTime);
        held_or_refused!(moment: DateTime<Utc>, time::OffsetDateTime, jiff::Timestamp);
    }

    #[test]
    fn decimals_agree(mantissa in -(1_i128 << 96) + 1..1 << 96, scale in 0..=28_u32) {
        let fixed = Decimal::from_i128_with_scale(mantissa, scale);
        let any = BigDecimal::decode(stored(&fixed)).unwrap();
        prop_assert_eq!(any.as_bigint_and_exponent(), (BigInt::from(mantissa), i64::from(scale)));
        prop_assert_eq!(stored(&any), stored(&fixed));
        let again = round_trip(&fixed);
        prop_assert_eq!((again.mantissa(), again.scale()), (mantissa, scale));
    }

    #[test]
    fn decimals_of_any_size_read_back_or_are_refused(digits: Vec<u8>, scale: i32) {
        let any = BigDecimal::new(BigInt::from_signed_bytes_be(&digits), scale.into());
        prop_assert_eq!(round_trip(&any).as_bigint_and_exponent(), any.as_bigint_and_exponent());
        match Decimal::decode(stored(&any)) {
            Ok(fixed) => prop_assert_eq!(BigDecimal::decode(stored(&fixed)).unwrap(), any),
            Err(error) => prop_assert_eq!(error, CodecError::OutOfRange { target: "rust_decimal::Decimal" }),
        }
    }

    #[test]
    fn floats_read_back(wide: f64, narrow: f32) {
        prop_assert_eq!(round_trip(&wide).to_bits(), wide.to_bits());
        prop_assert_eq!(round_trip(&narrow).to_bits(), narrow.to_bits());
        prop_assert_eq!(f64::decode(stored(&narrow)), Ok(f64::from(narrow)));
        if let Ok(cut) = f32::decode(stored(&wide)) {
            prop_assert_eq!(f64::from(cut).to_bits(), wide.to_bits());
        }
    }

    #[test]
    fn arrays_read_back(full: Vec<String>, sparse: Vec<Option<String>>) {
        prop_assert_eq!(&round_trip(&full), &full);
        prop_assert_eq!(&round_trip(&sparse), &sparse);
        let borrowed: Vec<&str> = full.iter().map(String::as_str).collect();
        prop_assert_eq!(stored(&borrowed), stored(&full));
        let mixed: Vec<Option<String>> = full.iter().cloned().map(Some).collect();
        prop_assert_eq!(stored(&mixed), stored(&full));
        let nulls = sparse.contains(&None);
        prop_assert_eq!(Vec::<String>::decode(stored(&sparse)).is_err(), nulls);
    }
}

#[test]
fn every_nan_is_one() {
    let other = f64::from_bits(0xFFF0_0000_0000_0001);
    assert_eq!(hex::encode(stored(&other)), "7ff8000000000000");
    assert_eq!(stored(&f32::NAN), stored(&f64::NAN));
    assert!(round_trip(&other).is_nan() && round_trip(&f32::NAN).is_nan());
}

#[test]
fn a_leap_second_has_no_form() {
    let date = NaiveDate::from_ymd_opt(2016, 12, 31).unwrap();
    let leap = date.and_hms_nano_opt(23, 59, 59, 1_500_000_000).unwrap();
    for refused in
        [leap.time().write(&mut Vec::new()), leap.write(&mut Vec::new()), leap.and_utc().write(&mut Vec::new())]
    {
        assert!(matches!(refused, Err(CodecError::NoForm { .. })), "{refused:?}");
    }
}

#[test]
fn an_offset_is_not_kept_and_the_instant_is() {
    let utc = time::OffsetDateTime::from_unix_timestamp(1_700_000_000).unwrap();
    let elsewhere = utc.to_offset(time::UtcOffset::from_hms(5, 45, 0).unwrap());
    assert_eq!(stored(&elsewhere), stored(&utc));
    assert_eq!(round_trip(&elsewhere).offset(), time::UtcOffset::UTC);
}

#[test]
fn decimals_keep_their_trailing_zeros() {
    let (short, long) = (Decimal::new(10, 1), Decimal::new(100, 2));
    assert_eq!(short, long);
    assert_ne!(stored(&short), stored(&long));
    assert_eq!(round_trip(&long).to_string(), "1.00");
    let mut negative_zero = Decimal::ZERO;
    negative_zero.set_sign_negative(true);
    assert_eq!(stored(&negative_zero), stored(&Decimal::ZERO));
}

#[test]
fn a_negative_scale_is_multiplied_out_where_it_fits() {
    let thousands = |scale| BigDecimal::new(5.into(), scale);
    assert_eq!(Decimal::decode(stored(&thousands(-3))).unwrap().to_string(), "5000");
    assert!(Decimal::decode(stored(&thousands(-28))).is_ok());
    assert!(Decimal::decode(stored(&thousands(-29))).is_err());
    assert!(Decimal::decode(stored(&thousands(i32::MIN.into()))).is_err());
    assert_eq!(Decimal::decode(stored(&BigDecimal::new(0.into(), -99))).unwrap(), Decimal::ZERO);
    assert!(matches!(BigDecimal::new(1.into(), 1 << 31).write(&mut Vec::new()), Err(CodecError::NoForm { .. })));
}

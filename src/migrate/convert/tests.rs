//! Against the typed codecs, which services write with.

use proptest::prelude::*;

use super::*;
use crate::model::{Decode, Encode};
use crate::sql::StoredForm;

fn text(text: &str) -> Plain {
    Plain::Text(Zeroizing::new(text.to_owned()))
}

fn stored(codec: &str, value: &str) -> Result<String, Reason> {
    to_stored(codec, &text(value)).map(|stored| hex::encode(&*stored))
}

/// What a service stores of the value.
fn typed<V: Encode>(value: &V) -> (&'static str, String) {
    let mut out = Vec::new();
    value.write(&mut out).unwrap();
    (<V::Form as StoredForm>::CODEC, hex::encode(out))
}

#[test]
fn the_specification_s_values_have_its_forms() {
    for (codec, value, form) in [
        ("date", "1969-12-31", "ffffffff"),
        ("date", "2024-02-29", "00004d46"),
        ("time", "12:34:56.789000001", "000029327b048f41"),
        ("timestamp", "1969-12-31 23:59:59.5", "ffffffffffffffff1dcd6500"),
        ("timestamptz", "2024-02-29 12:34:56.000001+00", "0000000065e079f0000003e8"),
        ("decimal", "1.0", "000000010a"),
        ("decimal", "1.00", "0000000264"),
        ("decimal", "-12.340", "00000003cfcc"),
        ("decimal", "128", "000000000080"),
        ("decimal", "-128", "0000000080"),
        ("f64", "0.1", "3fb999999999999a"),
        ("f64", "-0", "8000000000000000"),
        ("bool", "true", "01"),
        ("json", r#"{"a": [1, 1.50e3, "b \" c"]}"#, &hex::encode(r#"{"a":[1,1.50e3,"b \" c"]}"#)),
        ("text_array", "{a,bc}", "0000000201000000016101000000026263"),
        ("text_array", "{é,NULL,\"\"}", "000000030100000002c3a9000100000000"),
    ] {
        assert_eq!(stored(codec, value).as_deref(), Ok(form), "{codec} {value}");
    }
}

#[test]
fn what_has_no_form_is_said_and_never_rounded() {
    for (codec, value) in [
        ("date", "infinity"),
        ("date", "2023-02-29"),
        ("date", "0000-01-01"),
        ("time", "24:00:00"),
        ("time", "23:59:60"),
        ("time", "1:00:00"),
        ("timestamp", "-infinity"),
        ("timestamptz", "2024-01-01 00:00:00+02"),
        ("decimal", "NaN"),
        ("decimal", "Infinity"),
        ("decimal", "1e5"),
        ("i64", "9223372036854775808"),
        ("bool", "maybe"),
        ("uuid", "no"),
        ("json", "{"),
        ("text_array", "{{a},{b}}"),
        ("text_array", "[0:1]={a,b}"),
        ("bytes", "text"),
        ("of/tomorrow", "x"),
    ] {
        assert_eq!(stored(codec, value), Err(Reason::NotOfTheCodec), "{codec} {value}");
    }
    assert_eq!(stored("i64", "007"), Err(Reason::DoesNotRoundTrip));
    assert_eq!(stored("uuid", "{00000000-0000-0000-0000-000000000001}"), Err(Reason::DoesNotRoundTrip));
    assert_eq!(stored("decimal", "-0"), Err(Reason::DoesNotRoundTrip));
}

#[test]
fn years_before_christ_and_beyond_9999_come_back() {
    for (codec, value) in [
        ("date", "0001-01-01 BC"),
        ("date", "4713-01-01 BC"),
        ("date", "5874897-12-31"),
        ("timestamp", "4713-01-01 00:00:00 BC"),
        ("timestamptz", "0044-03-15 12:00:00.000001+00 BC"),
        ("timestamp", "294276-12-31 23:59:59.999999"),
    ] {
        stored(codec, value).unwrap_or_else(|reason| panic!("{codec} {value}: {reason:?}"));
    }
}

proptest! {
    #[test]
    fn text_integers_and_floats_agree_with_the_typed_codecs(t: String, i: i64, f: f64) {
        for (value, (codec, form)) in
            [(t.clone(), typed(&t)), (i.to_string(), typed(&i)), (format!("{f:?}"), typed(&f))]
        {
            prop_assert_eq!(stored(codec, &value), Ok(form), "{}", codec);
        }
    }

    #[test]
    fn decimals_of_any_length_come_back(digits in "-?[1-9][0-9]{0,60}", fraction in "[0-9]{1,40}") {
        let value = format!("{digits}.{fraction}");
        let form = to_stored("decimal", &text(&value)).unwrap();
        let Plain::Text(back) = to_plain("decimal", &form).unwrap() else { panic!() };
        prop_assert_eq!(back.as_str(), value);
    }

    #[test]
    fn arrays_agree_with_the_typed_codec(elements: Vec<Option<String>>) {
        let (codec, form) = typed(&elements);
        let Plain::Text(sql) = to_plain(codec, &hex::decode(&form).unwrap()).unwrap() else { panic!() };
        prop_assert_eq!(stored(codec, &sql), Ok(form.clone()));
        let read = Vec::<Option<String>>::decode(hex::decode(form).unwrap()).unwrap();
        prop_assert_eq!(read, elements);
    }

    #[test]
    fn garbage_never_panics(codec in "text|i64|bool|uuid|f64|date|time|timestamp|timestamptz|decimal|json|text_array", bytes: Vec<u8>, value: String) {
        let (_, _) = (to_plain(&codec, &bytes), to_stored(&codec, &text(&value)));
    }
}

#[cfg(feature = "chrono")]
mod chrono_agrees {
    use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

    use super::*;

    proptest! {
        #[test]
        fn dates_and_times(days in -700_000..2_900_000i32, seconds in -62_000_000_000..250_000_000_000i64, micros in 0..1_000_000u32) {
            let date = NaiveDate::from_num_days_from_ce_opt(days + 719_163);
            if let Some(date) = date.filter(|date| date.format("%Y").to_string().len() == 4) {
                let (codec, form) = typed(&date);
                prop_assert_eq!(stored(codec, &date.format("%Y-%m-%d").to_string()), Ok(form));
            }
            let moment = DateTime::<Utc>::from_timestamp(seconds, micros * 1000).unwrap();
            let shown = |pattern: &str| {
                let text = moment.format(pattern).to_string();
                if micros == 0 { text } else { format!("{text}.{micros:06}").trim_end_matches('0').to_owned() }
            };
            let local: NaiveDateTime = moment.naive_utc();
            if local.format("%Y").to_string().len() == 4 {
                let (codec, form) = typed(&local);
                prop_assert_eq!(stored(codec, &shown("%Y-%m-%d %H:%M:%S")), Ok(form));
                let (codec, form) = typed(&moment);
                prop_assert_eq!(stored(codec, &(shown("%Y-%m-%d %H:%M:%S") + "+00")), Ok(form));
            }
            let time: NaiveTime = local.time();
            let (codec, form) = typed(&time);
            prop_assert_eq!(stored(codec, &shown("%H:%M:%S")), Ok(form));
        }
    }
}

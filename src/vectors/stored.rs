//! Values of dates, times, decimals, floats and arrays as the files write them, and the types that read their forms.

use bigdecimal::BigDecimal;
use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;

use super::cells::Value;
use super::form::Hex;
use crate::model::stored::stored;
use crate::model::{CodecError, Decode, Encode};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stored {
    comment: String,
    codec: String,
    value: String,
    stored: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StoredInvalid {
    comment: String,
    codec: String,
    stored: Hex,
}

impl Stored {
    pub(super) fn check(&self) {
        assert_eq!(self.stored, value(&self.codec, &self.value).stored(), "{}", self.comment);
        let mut read = 0;
        for (name, reader) in readers(&self.codec) {
            match reader(&self.stored) {
                Ok(again) => assert_eq!(self.stored, again, "{name}: {}", self.comment),
                Err(CodecError::OutOfRange { .. }) => continue,
                Err(error) => panic!("{name}: {error}: {}", self.comment),
            }
            read += 1;
        }
        assert!(read > 0, "no type reads it: {}", self.comment);
    }
}

impl StoredInvalid {
    pub(super) fn check(&self) {
        for (name, reader) in readers(&self.codec) {
            let refused = reader(&self.stored);
            assert!(matches!(refused, Err(CodecError::Form { .. })), "{name}: {refused:?}: {}", self.comment);
        }
    }
}

/// Reads a form and writes it again.
type Reader = fn(&[u8]) -> Result<Vec<u8>, CodecError>;

fn again<T: Decode + Encode>(form: &[u8]) -> Result<Vec<u8>, CodecError> {
    stored(&T::decode(form.to_vec())?).map(|plain| plain.to_vec())
}

/// As `again`, of a type without negative scales: they are multiplied out, as 5e3 to 5000.
fn without_negative_scales(form: &[u8]) -> Result<Vec<u8>, CodecError> {
    let (read, all) = (Decimal::decode(form.to_vec())?, BigDecimal::decode(form.to_vec())?);
    let all = if all.fractional_digit_count() < 0 { all.with_scale(0) } else { all };
    assert_eq!(*stored(&read)?, *stored(&all)?);
    Ok(form.to_vec())
}

fn readers(codec: &str) -> Vec<(&'static str, Reader)> {
    macro_rules! all {
        ($($ty:ty),*) => { vec![$((stringify!($ty), again::<$ty> as Reader)),*] };
    }
    match codec {
        "date" => all![NaiveDate, time::Date, jiff::civil::Date],
        "time" => all![NaiveTime, time::Time, jiff::civil::Time],
        "timestamp" => all![NaiveDateTime, time::PrimitiveDateTime, jiff::civil::DateTime],
        "timestamptz" => all![DateTime<Utc>, time::OffsetDateTime, jiff::Timestamp],
        "decimal" => vec![("BigDecimal", again::<BigDecimal>), ("Decimal", without_negative_scales)],
        "f64" => all![f64, f32],
        "text_array" => all![Vec<Option<String>>, Vec<String>],
        _ => panic!("unknown codec {codec}"),
    }
}

/// The value of a case's text, in the type that holds every case's.
pub(super) fn value(codec: &str, text: &str) -> Box<dyn Value> {
    match codec {
        "date" => Box::new(date(text)),
        "time" => Box::new(text.parse::<NaiveTime>().unwrap()),
        "timestamp" => Box::new(timestamp(text)),
        "timestamptz" => Box::new(timestamp(text.strip_suffix('Z').unwrap()).and_utc()),
        "decimal" => Box::new(decimal(text)),
        "f64" => Box::new(text.parse::<f64>().unwrap()),
        "text_array" => Box::new(serde_json::from_str::<Vec<Option<String>>>(text).unwrap()),
        _ => panic!("unknown codec {codec}"),
    }
}

fn date(text: &str) -> NaiveDate {
    let (year, day) = text.split_at(text.len() - 6);
    let number = |part: &str| part.parse().unwrap();
    NaiveDate::from_ymd_opt(year.parse().unwrap(), number(&day[1..3]), number(&day[4..])).unwrap()
}

fn timestamp(text: &str) -> NaiveDateTime {
    let (day, time) = text.split_once('T').unwrap();
    date(day).and_time(time.parse().unwrap())
}

fn decimal(text: &str) -> BigDecimal {
    let (unscaled, exponent) = text.split_once('e').unwrap();
    BigDecimal::new(unscaled.parse().unwrap(), -exponent.parse::<i64>().unwrap())
}

/// A value's text, as the files write it.
pub(super) trait Shown {
    fn shown(&self) -> String;
}

impl Shown for NaiveDate {
    fn shown(&self) -> String {
        let year = self.year();
        let year = if (0..=9999).contains(&year) { format!("{year:04}") } else { format!("{year:+07}") };
        format!("{year}-{:02}-{:02}", self.month(), self.day())
    }
}

impl Shown for NaiveTime {
    fn shown(&self) -> String {
        format!("{:02}:{:02}:{:02}.{:09}", self.hour(), self.minute(), self.second(), self.nanosecond())
    }
}

impl Shown for NaiveDateTime {
    fn shown(&self) -> String {
        format!("{}T{}", self.date().shown(), self.time().shown())
    }
}

impl Shown for DateTime<Utc> {
    fn shown(&self) -> String {
        self.naive_utc().shown() + "Z"
    }
}

impl Shown for BigDecimal {
    fn shown(&self) -> String {
        let (unscaled, scale) = self.as_bigint_and_exponent();
        format!("{unscaled}e{}", -scale)
    }
}

impl Shown for f64 {
    fn shown(&self) -> String {
        format!("{self:?}")
    }
}

impl Shown for Vec<Option<String>> {
    fn shown(&self) -> String {
        serde_json::to_string(self).unwrap()
    }
}

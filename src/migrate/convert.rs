//! SQL values and stored forms, told by the codec's id: without the service's types (spec/envelope.md, Codecs).
//!
//! Nothing is rounded, cut off or replaced: what has no form is a [`Reason`].

mod array;
mod calendar;
mod decimal;
mod json;

use uuid::Uuid;
use zeroize::Zeroizing;

use super::row::{Plain, Reason};

/// A stored form, wiped when it is dropped.
pub(super) type Stored = Zeroizing<Vec<u8>>;

/// The stored form of a legacy value, if writing it back would give an equal value (MIG-17).
pub(super) fn to_stored(codec: &str, plain: &Plain) -> Result<Stored, Reason> {
    let stored = form(codec, plain)?;
    let back = to_plain(codec, &stored)?;
    let same = match (codec, plain, &back) {
        // Their text has more than one form for a value: by what it is stored as.
        ("f64" | "json" | "text_array" | "bool", ..) => *form(codec, &back)? == *stored,
        (_, Plain::Text(a), Plain::Text(b)) => a.as_str() == b.as_str(),
        (_, Plain::Bytes(a), Plain::Bytes(b)) => **a == **b,
        _ => false,
    };
    if same { Ok(stored) } else { Err(Reason::DoesNotRoundTrip) }
}

fn form(codec: &str, plain: &Plain) -> Result<Stored, Reason> {
    let text = match plain {
        Plain::Bytes(bytes) if codec == "bytes" => return Ok(bytes.clone()),
        Plain::Bytes(_) => return Err(Reason::NotOfTheCodec),
        Plain::Text(text) => text.as_str(),
    };
    let stored = match codec {
        "text" => Some(text.as_bytes().to_vec()),
        "i64" => text.parse::<i64>().ok().map(|value| value.to_be_bytes().to_vec()),
        "bool" => boolean(text).map(|value| vec![u8::from(value)]),
        "uuid" => Uuid::try_parse(text).ok().map(|value| value.as_bytes().to_vec()),
        "f64" => float(text).map(|value| value.to_be_bytes().to_vec()),
        "date" => calendar::date(text).map(|days| days.to_be_bytes().to_vec()),
        "time" => calendar::time(text).map(|nanos| nanos.to_be_bytes().to_vec()),
        "timestamp" => calendar::timestamp(text),
        "timestamptz" => calendar::timestamptz(text),
        "decimal" => decimal::form(text),
        "json" => json::compact(text),
        "text_array" => array::form(text),
        _ => None,
    };
    stored.map(Zeroizing::new).ok_or(Reason::NotOfTheCodec)
}

/// A stored form as its SQL value's text, or bytes.
pub(super) fn to_plain(codec: &str, stored: &[u8]) -> Result<Plain, Reason> {
    if codec == "bytes" {
        return Ok(Plain::Bytes(Zeroizing::new(stored.to_vec())));
    }
    let text = match codec {
        "text" | "json" => std::str::from_utf8(stored).ok().map(str::to_owned),
        "i64" => stored.try_into().ok().map(|bytes| i64::from_be_bytes(bytes).to_string()),
        "bool" => match stored {
            [0] => Some("false".to_owned()),
            [1] => Some("true".to_owned()),
            _ => None,
        },
        "uuid" => Uuid::from_slice(stored).ok().map(|uuid| uuid.to_string()),
        "f64" => stored.try_into().ok().map(|bytes| float_text(f64::from_be_bytes(bytes))),
        "date" => stored.try_into().ok().map(|bytes| calendar::date_text(i32::from_be_bytes(bytes))),
        "time" => stored.try_into().ok().and_then(|bytes| calendar::time_text(u64::from_be_bytes(bytes))),
        "timestamp" => calendar::timestamp_text(stored, ""),
        "timestamptz" => calendar::timestamp_text(stored, "+00"),
        "decimal" => decimal::text(stored),
        "text_array" => array::text(stored),
        _ => None,
    };
    text.map(|text| Plain::Text(Zeroizing::new(text))).ok_or(Reason::NotOfTheCodec)
}

/// PostgreSQL's and SQLite's.
fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "t" | "1" => Some(true),
        "false" | "f" | "0" => Some(false),
        _ => None,
    }
}

/// Every NaN is one (ENV-25).
fn float(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    Some(if value.is_nan() { f64::from_bits(0x7FF8_0000_0000_0000) } else { value })
}

fn float_text(value: f64) -> String {
    match value {
        f64::INFINITY => "Infinity".to_owned(),
        f64::NEG_INFINITY => "-Infinity".to_owned(),
        value if value.is_nan() => "NaN".to_owned(),
        // The shortest text that is this very number.
        value => format!("{value:?}"),
    }
}

#[cfg(test)]
mod tests;

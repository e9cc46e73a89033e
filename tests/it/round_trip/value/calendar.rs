//! Dates and times of three crates, each over all of its own range.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use jiff::civil;
use proptest::prelude::*;
use time::{Date, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

use super::values;

const DAY: u64 = 86_400 * 1_000_000_000;

/// Nanoseconds of a day.
fn nanos() -> std::ops::Range<u64> {
    0..DAY
}

/// Seconds of the years -9999 to 9999, and nanoseconds.
fn moments() -> (std::ops::Range<i64>, std::ops::Range<u32>) {
    (-377_705_000_000..253_402_000_000, 0..1_000_000_000)
}

fn chrono_time(nanos: u64) -> NaiveTime {
    let (second, nanos) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    NaiveTime::from_num_seconds_from_midnight_opt(second.try_into().unwrap(), nanos.try_into().unwrap()).unwrap()
}

fn chrono_moment((second, nanos): (i64, u32)) -> DateTime<Utc> {
    DateTime::from_timestamp(second, nanos).unwrap()
}

fn chrono_last() -> NaiveTime {
    NaiveTime::from_hms_nano_opt(23, 59, 59, 999_999_999).unwrap()
}

values! {
    NaiveDate: (-96_000_000..95_000_000_i32).prop_map(|days| NaiveDate::from_epoch_days(days).unwrap()),
        [NaiveDate::MIN, NaiveDate::MAX, NaiveDate::from_ymd_opt(2024, 2, 29).unwrap(), NaiveDate::from_ymd_opt(-1, 12, 31).unwrap()];
    NaiveTime: nanos().prop_map(chrono_time), [NaiveTime::MIN, chrono_last()];
    NaiveDateTime: moments().prop_map(|moment| chrono_moment(moment).naive_utc()),
        [NaiveDateTime::MIN, NaiveDateTime::MAX, DateTime::<Utc>::UNIX_EPOCH.naive_utc()];
    DateTime<Utc>: moments().prop_map(chrono_moment),
        [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC, chrono_moment((-1, 999_999_999))];
}

fn time_moment((second, nanos): (i64, u32)) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(second.max(-377_705_000_000)).unwrap().replace_nanosecond(nanos).unwrap()
}

fn time_last() -> Time {
    Time::from_hms_nano(23, 59, 59, 999_999_999).unwrap()
}

fn nepal() -> UtcOffset {
    UtcOffset::from_hms(5, 45, 0).unwrap()
}

values! {
    Date: moments().prop_map(|moment| time_moment(moment).date()), [Date::MIN, Date::MAX];
    Time: moments().prop_map(|moment| time_moment(moment).time()), [Time::MIDNIGHT, time_last()];
    PrimitiveDateTime: moments().prop_map(|moment| PrimitiveDateTime::new(time_moment(moment).date(), time_moment(moment).time())),
        [PrimitiveDateTime::MIN, PrimitiveDateTime::MAX];
    // The instant is kept, the offset is not.
    OffsetDateTime: moments().prop_map(|moment| time_moment(moment).to_offset(nepal())),
        [PrimitiveDateTime::MIN.assume_utc(), PrimitiveDateTime::MAX.assume_utc(), time_moment((-1, 1)).to_offset(nepal())],
        |read, written| read == written && read.offset() == UtcOffset::UTC;
}

fn jiff_moment((second, nanos): (i64, u32)) -> jiff::Timestamp {
    jiff::Timestamp::new(second, 0).unwrap() + jiff::SignedDuration::new(0, i32::try_from(nanos).unwrap())
}

fn jiff_civil(moment: (i64, u32)) -> civil::DateTime {
    jiff::tz::TimeZone::UTC.to_datetime(jiff_moment(moment))
}

values! {
    civil::Date: moments().prop_map(|moment| jiff_civil(moment).date()), [civil::Date::MIN, civil::Date::MAX];
    civil::Time: moments().prop_map(|moment| jiff_civil(moment).time()), [civil::Time::MIN, civil::Time::MAX];
    civil::DateTime: moments().prop_map(jiff_civil), [civil::DateTime::MIN, civil::DateTime::MAX];
    jiff::Timestamp: moments().prop_map(jiff_moment), [jiff::Timestamp::MIN, jiff::Timestamp::MAX, jiff_moment((-1, 1))];
}

//! Dates and times of `time`.

use diesel::sql_types::{Date, Time, Timestamp};
use time::OffsetDateTime;

use super::calendar::{Days, Moment, Nanos};
use super::fixed::stored_as;
use crate::sql::Timestamptz;

/// The Julian day number of 1970-01-01.
const EPOCH: i32 = 2_440_588;

stored_as! {
    Days, Date: time::Date,
        |date| Ok(Days(date.to_julian_day() - EPOCH)),
        |days| days.0.checked_add(EPOCH).and_then(|day| Self::from_julian_day(day).ok());
    Nanos, Time: time::Time,
        |time| {
            let (hours, minutes, seconds, nanos) = time.as_hms_nano();
            Nanos::new((u32::from(hours) * 60 + u32::from(minutes)) * 60 + u32::from(seconds), nanos)
        },
        |nanos| of_day(nanos);
    Moment, Timestamp: time::PrimitiveDateTime,
        |time| Moment::of_nanos(time.assume_utc().unix_timestamp_nanos()),
        |moment| instant(moment).map(|time| Self::new(time.date(), time.time()));
    Moment, Timestamptz: time::OffsetDateTime,
        |time| Moment::of_nanos(time.unix_timestamp_nanos()),
        |moment| instant(moment);
}

fn of_day(nanos: Nanos) -> Option<time::Time> {
    let (second, nanos) = nanos.split();
    let part = |value: u32| u8::try_from(value).ok();
    time::Time::from_hms_nano(part(second / 3600)?, part(second / 60 % 60)?, part(second % 60)?, nanos).ok()
}

fn instant(moment: Moment) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp_nanos(moment.as_nanos()).ok()
}

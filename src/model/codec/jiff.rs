//! Dates and times of jiff.

use diesel::sql_types::{Date, Time, Timestamp};
use jiff::SignedDuration;
use jiff::civil::{self, DateTime};

use super::CodecError;
use super::calendar::{Days, Moment, Nanos};
use super::fixed::stored_as;
use crate::sql::Timestamptz;

const EPOCH: DateTime = civil::date(1970, 1, 1).at(0, 0, 0, 0);
const DAY: i64 = 86_400;

stored_as! {
    Days, Date: jiff::civil::Date,
        |date| days(*date),
        |days| EPOCH.date().checked_add(SignedDuration::from_secs(i64::from(days.0) * DAY)).ok();
    Nanos, Time: jiff::civil::Time,
        |time| {
            let since = time.duration_since(Self::midnight());
            Nanos::new(since.as_secs() as u32, since.subsec_nanos() as u32)
        },
        |nanos| {
            let (second, nanos) = nanos.split();
            Self::midnight().checked_add(SignedDuration::new(second.into(), nanos as i32)).ok()
        };
    Moment, Timestamp: jiff::civil::DateTime,
        |time| Moment::of_nanos(time.duration_since(EPOCH).as_nanos()),
        |moment| {
            let (seconds, nanos) = moment.split();
            EPOCH.checked_add(SignedDuration::new(seconds, nanos as i32)).ok()
        };
    Moment, Timestamptz: jiff::Timestamp,
        |time| Moment::of_nanos(time.as_nanosecond()),
        |moment| Self::from_nanosecond(moment.as_nanos()).ok();
}

fn days(date: civil::Date) -> Result<Days, CodecError> {
    let days = date.duration_since(EPOCH.date()).as_secs() / DAY;
    days.try_into().map(Days).map_err(|_| CodecError::NoForm { reason: "it lies beyond all calendars" })
}

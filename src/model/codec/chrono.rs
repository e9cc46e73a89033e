//! Dates and times of chrono.

use chrono::{DateTime, NaiveDate, NaiveTime, Timelike, Utc};
use diesel::sql_types::{Date, Time, Timestamp};

use super::calendar::{Days, Moment, Nanos};
use super::fixed::stored_as;
use crate::sql::Timestamptz;

stored_as! {
    Days, Date: chrono::NaiveDate,
        |date| Ok(Days(date.to_epoch_days())),
        |days| NaiveDate::from_epoch_days(days.0);
    Nanos, Time: chrono::NaiveTime,
        |time| Nanos::new(time.num_seconds_from_midnight(), time.nanosecond()),
        |nanos| { let (second, nanos) = nanos.split(); NaiveTime::from_num_seconds_from_midnight_opt(second, nanos) };
    Moment, Timestamp: chrono::NaiveDateTime,
        |time| Moment::new(time.and_utc().timestamp(), time.nanosecond()),
        |moment| instant(moment).map(|time| time.naive_utc());
    Moment, Timestamptz: chrono::DateTime<chrono::Utc>,
        |time| Moment::new(time.timestamp(), time.nanosecond()),
        |moment| instant(moment);
}

fn instant(moment: Moment) -> Option<DateTime<Utc>> {
    let (seconds, nanos) = moment.split();
    DateTime::from_timestamp(seconds, nanos)
}

//! Dates and times as PostgreSQL's ISO style writes them, in UTC.

const DAY: u64 = 86_400;
const SECOND: u64 = 1_000_000_000;

/// `2024-02-29`, `0044-03-15 BC`: days since 1970-01-01. Infinities have no form.
pub(super) fn date(text: &str) -> Option<i32> {
    let (text, before_christ) = era(text);
    day(text, before_christ)
}

fn era(text: &str) -> (&str, bool) {
    text.strip_suffix(" BC").map_or((text, false), |text| (text, true))
}

fn day(text: &str, before_christ: bool) -> Option<i32> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() < 4 || (month.len(), day.len()) != (2, 2) {
        return None;
    }
    let (year, month, day) = (number(year)?, number(month)?, number(day)?);
    let year = i64::try_from(year).ok().filter(|year| *year > 0)?;
    // There is no year 0: 1 BC comes before 1.
    let year = if before_christ { 1 - year } else { year };
    let days = days(year, month, day)?;
    let back = civil(days);
    (back == (year, month, day)).then_some(days)?.try_into().ok()
}

/// Digits alone.
fn number(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
fn days(year: i64, month: u64, day: u64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || !(-10_000_000..=10_000_000).contains(&year) {
        return None;
    }
    let (month, day) = (month as i64, day as i64);
    let year = year - i64::from(month <= 2);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

/// The same, `civil_from_days`.
fn civil(days: i64) -> (i64, u64, u64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    // All are small and positive.
    (year_of_era + era * 400 + i64::from(month <= 2), month as u64, day as u64)
}

pub(super) fn date_text(days: i32) -> String {
    let (text, before_christ) = day_text(days.into());
    if before_christ { text + " BC" } else { text }
}

fn day_text(days: i64) -> (String, bool) {
    let (year, month, day) = civil(days);
    let (year, before_christ) = if year > 0 { (year, false) } else { (1 - year, true) };
    (format!("{year:04}-{month:02}-{day:02}"), before_christ)
}

/// `12:34:56.789`: nanoseconds since midnight. `24:00:00` and leap seconds have no form.
pub(super) fn time(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = whole.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next()?);
    let two = [hour, minute, second].iter().all(|part| part.len() == 2);
    if parts.next().is_some() || !two || fraction.len() > 9 || text.ends_with('.') {
        return None;
    }
    let (hour, minute, second) = (number(hour)?, number(minute)?, number(second)?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let nanos = number(&format!("{fraction:0<9}"))?;
    Some((hour * 3600 + minute * 60 + second) * SECOND + nanos)
}

/// `None` beyond a day.
pub(super) fn time_text(nanos: u64) -> Option<String> {
    (nanos < DAY * SECOND).then(|| clock(nanos / SECOND, nanos % SECOND))
}

fn clock(seconds: u64, nanos: u64) -> String {
    let whole = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds % 3600 / 60, seconds % 60);
    if nanos == 0 { whole } else { format!("{whole}.{nanos:09}").trim_end_matches('0').to_owned() }
}

/// `2024-02-29 12:34:56.789`, of no time zone.
pub(super) fn timestamp(text: &str) -> Option<Vec<u8>> {
    let (text, before_christ) = era(text);
    let (date, time) = text.split_once(' ')?;
    let (days, nanos) = (day(date, before_christ)?, self::time(time)?);
    let seconds = i64::from(days) * DAY as i64 + (nanos / SECOND) as i64;
    Some([seconds.to_be_bytes().as_slice(), &((nanos % SECOND) as u32).to_be_bytes()].concat())
}

/// The same in UTC, as the connection is set to.
pub(super) fn timestamptz(text: &str) -> Option<Vec<u8>> {
    let (local, before_christ) = era(text);
    let local = local.strip_suffix("+00")?;
    if before_christ { timestamp(&format!("{local} BC")) } else { timestamp(local) }
}

pub(super) fn timestamp_text(stored: &[u8], zone: &str) -> Option<String> {
    let (seconds, nanos) = stored.split_first_chunk::<8>()?;
    let (seconds, nanos) = (i64::from_be_bytes(*seconds), u32::from_be_bytes(nanos.try_into().ok()?));
    let days = seconds.div_euclid(DAY as i64);
    // What no date has can't be told.
    i32::try_from(days).ok()?;
    let of_day = seconds.rem_euclid(DAY as i64) as u64;
    let (date, before_christ) = day_text(days);
    let era = if before_christ { " BC" } else { "" };
    (u64::from(nanos) < SECOND).then(|| format!("{date} {}{zone}{era}", clock(of_day, nanos.into())))
}

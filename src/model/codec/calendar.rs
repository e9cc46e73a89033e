//! Dates and times (spec/envelope.md, ENV-22 and ENV-23), before they are any crate's.

use super::CodecError;
use super::fixed::Parts;

/// A date: days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Days(pub(super) i32);

/// A time of day: nanoseconds since midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Nanos(u64);

/// Seconds since 1970-01-01 00:00:00, rounded down, and nanoseconds since then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    seconds: i64,
    nanos: u32,
}

const SECOND: u32 = 1_000_000_000;
const DAY: u64 = 86_400 * SECOND as u64;
const LEAP_SECOND: CodecError =
    CodecError::NoForm { reason: "it lies within a leap second; take the second before or after" };

impl Nanos {
    /// Of a second of the day and its nanoseconds, which exceed a second within a leap second.
    pub(super) fn new(second: u32, nanos: u32) -> Result<Self, CodecError> {
        let whole = u64::from(second) * u64::from(SECOND) + u64::from(nanos);
        if nanos < SECOND && whole < DAY { Ok(Self(whole)) } else { Err(LEAP_SECOND) }
    }

    /// Second of the day and its nanoseconds.
    pub(super) fn split(self) -> (u32, u32) {
        let second = u64::from(SECOND);
        // Both are below a day's.
        ((self.0 / second) as u32, (self.0 % second) as u32)
    }
}

impl Moment {
    pub(super) fn new(seconds: i64, nanos: u32) -> Result<Self, CodecError> {
        if nanos < SECOND { Ok(Self { seconds, nanos }) } else { Err(LEAP_SECOND) }
    }

    /// Of nanoseconds since 1970, as far as i64 seconds go.
    #[cfg(any(feature = "jiff", feature = "time"))]
    pub(super) fn of_nanos(nanos: i128) -> Result<Self, CodecError> {
        let second = i128::from(SECOND);
        let seconds = nanos.div_euclid(second).try_into();
        let seconds = seconds.map_err(|_| CodecError::NoForm { reason: "it lies beyond all calendars" })?;
        Self::new(seconds, nanos.rem_euclid(second) as u32)
    }

    #[cfg(any(feature = "jiff", feature = "time"))]
    pub(super) fn as_nanos(self) -> i128 {
        i128::from(self.seconds) * i128::from(SECOND) + i128::from(self.nanos)
    }

    #[cfg(any(feature = "chrono", feature = "jiff"))]
    pub(super) fn split(self) -> (i64, u32) {
        (self.seconds, self.nanos)
    }
}

impl Parts for Days {
    const EXPECTED: &'static str = "a date of 4 bytes";
    const LEN: usize = 4;

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_be_bytes());
    }

    fn take(stored: &[u8]) -> Option<Self> {
        stored.try_into().ok().map(i32::from_be_bytes).map(Self)
    }
}

impl Parts for Nanos {
    const EXPECTED: &'static str = "a time of 8 bytes within a day";
    const LEN: usize = 8;

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_be_bytes());
    }

    fn take(stored: &[u8]) -> Option<Self> {
        stored.try_into().ok().map(u64::from_be_bytes).filter(|nanos| *nanos < DAY).map(Self)
    }
}

impl Parts for Moment {
    const EXPECTED: &'static str = "a timestamp of 12 bytes";
    const LEN: usize = 12;

    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.seconds.to_be_bytes());
        out.extend_from_slice(&self.nanos.to_be_bytes());
    }

    fn take(stored: &[u8]) -> Option<Self> {
        let (seconds, nanos) = stored.split_first_chunk::<8>()?;
        let nanos = u32::from_be_bytes(nanos.try_into().ok()?);
        Self::new(i64::from_be_bytes(*seconds), nanos).ok()
    }
}

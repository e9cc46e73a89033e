//! What a process of a fleet may be told.

use std::time::Duration;

/// How a vault keeps its place among the processes that use one key store.
///
/// ```
/// # use std::time::Duration;
/// let mut settings = fieldseal::FleetSettings::default();
/// settings.lease = Duration::from_secs(10);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FleetSettings {
    /// How long this process seals and opens after the key store has answered it last; a process that was killed is
    /// waited for as long, and a quarter longer. It is renewed three times as often. From 100 ms to one hour. Default 30 s.
    pub lease: Duration,
    /// How often the key store is asked for changes where it can't push them: SQLite, PostgreSQL through a pooler, and
    /// while the connection that listens is being made again. More than zero. Default 250 ms.
    pub poll: Duration,
    /// Whether PostgreSQL pushes changes by `LISTEN`, over a connection of its own. `false` for URLs that lead to a pooler
    /// in transaction mode. Default `true`.
    pub push: bool,
}

impl Default for FleetSettings {
    fn default() -> Self {
        Self { lease: Duration::from_secs(30), poll: Duration::from_millis(250), push: true }
    }
}

impl FleetSettings {
    /// Which of the settings can't be used, and what is wanted instead.
    pub(crate) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        if !(SHORTEST_LEASE..=LONGEST_LEASE).contains(&self.lease) {
            return Err(("fleet.lease", "100 ms to one hour"));
        }
        if self.poll.is_zero() {
            return Err(("fleet.poll", "more than zero"));
        }
        Ok(())
    }

    /// Between two tries while the store fails.
    pub(super) fn retry(&self) -> Duration {
        self.poll.min(self.pace())
    }

    /// Between two renewals.
    pub(super) fn pace(&self) -> Duration {
        self.lease / 3
    }
}

const SHORTEST_LEASE: Duration = Duration::from_millis(100);

/// Nobody waits longer for a process, whatever its row says.
pub(super) const LONGEST_LEASE: Duration = Duration::from_secs(3600);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leases_and_polls_of_no_time_are_refused() {
        let with = |lease, poll| FleetSettings { lease, poll, ..FleetSettings::default() }.check();
        let (ok, zero) = (Duration::from_secs(1), Duration::ZERO);
        assert_eq!(with(ok, ok), Ok(()));
        assert_eq!(FleetSettings::default().check(), Ok(()));
        assert_eq!(with(zero, ok).unwrap_err().0, "fleet.lease");
        assert_eq!(with(Duration::from_secs(3601), ok).unwrap_err().0, "fleet.lease");
        assert_eq!(with(ok, zero).unwrap_err().0, "fleet.poll");
    }
}

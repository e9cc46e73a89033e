//! How long a process holds firms' keys, and how it asks the provider for them.

use std::time::Duration;

/// How a process holds its firms' keys.
///
/// Every field has a default and a meaning; none is "unset" by being zero. What goes together is checked when the vault is
/// built: [`BuildError::Setting`](crate::BuildError::Setting) names the field. The guide's page on the key cache says what
/// each does while a provider is slow, throttled or down.
///
/// ```
/// # use std::time::Duration;
/// let mut settings = fieldseal::keys::CacheSettings::default();
/// settings.ttl = Duration::from_secs(1800);
/// settings.provider.calls_per_second = 50;
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct CacheSettings {
    /// Firms whose keys are held while no session uses them, at most. Those in use are held beyond it. Default 10,000; at
    /// least 1.
    pub max_firms: u64,
    /// The hard limit: time after the load of a firm's keys at which they are gone, whatever the provider says. A KEK that
    /// was disabled stops its firm within it. Default one hour; above zero.
    pub ttl: Duration,
    /// The soft limit: age at which keys in use are loaded anew in the background, while the old ones serve. Each load
    /// takes up to a fifth less, at random, so that firms loaded together are not refreshed together. Default 15 minutes;
    /// above zero, at most `ttl`, which means never.
    pub refresh_after: Duration,
    /// Time for which a firm that the key store does not know is not looked up again. Creating it in this process ends it.
    /// Default one second; zero: every request asks the store, as it does where firms are created on first seal.
    pub unknown_ttl: Duration,
    /// Time for which a firm whose KEK the provider refused is not tried again. Default five seconds; zero: every request
    /// asks the provider.
    pub refused_ttl: Duration,
    /// How the provider is called.
    pub provider: ProviderSettings,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self {
            max_firms: 10_000,
            ttl: Duration::from_secs(3600),
            refresh_after: Duration::from_secs(15 * 60),
            unknown_ttl: Duration::from_secs(1),
            refused_ttl: Duration::from_secs(5),
            provider: ProviderSettings::default(),
        }
    }
}

/// How this process calls a provider. Each provider has limits of its own, so that one that hangs holds up no other's firms.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ProviderSettings {
    /// Calls under way at once. Default 64; at least 1.
    pub calls_at_once: u32,
    /// Calls begun a second, on average. Default 500; at least 1.
    pub calls_per_second: u32,
    /// Calls that may begin at once after a quiet time. Default 1,000; at least 1.
    pub burst: u32,
    /// Time after which a call counts as failed. Default three seconds; above zero.
    pub call_timeout: Duration,
    /// Calls made for one load before it fails. Only failures that may pass are tried again. Default 3; at least 1.
    pub attempts: u32,
    /// Longest pause before the second attempt; it doubles with each. The pause itself is drawn between nothing and that;
    /// a provider that throttles gets four times as long. Default 100 ms; above zero.
    pub first_pause: Duration,
    /// Bound of the doubling. Default two seconds; at least `first_pause`.
    pub longest_pause: Duration,
    /// Longest time that a request waits for its firm's keys, all queues, attempts and pauses included. A caller with less
    /// time wraps `vault.session(…)` in a timeout of its own: the load goes on for others. Default 10 seconds; at least
    /// `call_timeout`.
    pub deadline: Duration,
    /// Calls in a row that did not reach the provider, or timed out, before calls fail at once without being made. Default
    /// 10; at least 1.
    pub breaker_failures: u32,
    /// Time until one call is let through to try. It doubles while that fails. Default 500 ms; above zero.
    pub breaker_pause: Duration,
    /// Bound of that doubling. Default 15 seconds; at least `breaker_pause`.
    pub longest_breaker_pause: Duration,
}

impl Default for ProviderSettings {
    fn default() -> Self {
        Self {
            calls_at_once: 64,
            calls_per_second: 500,
            burst: 1000,
            call_timeout: Duration::from_secs(3),
            attempts: 3,
            first_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(2),
            deadline: Duration::from_secs(10),
            breaker_failures: 10,
            breaker_pause: Duration::from_millis(500),
            longest_breaker_pause: Duration::from_secs(15),
        }
    }
}

impl CacheSettings {
    /// The first field that can't be meant, and why.
    pub(crate) fn check(&self) -> Result<(), (&'static str, &'static str)> {
        let zero = [
            ("max_firms", self.max_firms == 0),
            ("ttl", self.ttl.is_zero()),
            ("refresh_after", self.refresh_after.is_zero()),
        ];
        all(&zero, "it must be above zero")?;
        all(&[("refresh_after", self.refresh_after > self.ttl)], "it must not exceed `ttl`")?;
        self.provider.check()
    }
}

impl ProviderSettings {
    fn check(&self) -> Result<(), (&'static str, &'static str)> {
        let zero = [
            ("provider.calls_at_once", self.calls_at_once == 0),
            ("provider.calls_per_second", self.calls_per_second == 0),
            ("provider.burst", self.burst == 0),
            ("provider.call_timeout", self.call_timeout.is_zero()),
            ("provider.attempts", self.attempts == 0),
            ("provider.first_pause", self.first_pause.is_zero()),
            ("provider.breaker_failures", self.breaker_failures == 0),
            ("provider.breaker_pause", self.breaker_pause.is_zero()),
        ];
        all(&zero, "it must be above zero")?;
        let pauses = [("provider.longest_pause", self.longest_pause < self.first_pause)];
        all(&pauses, "it must not be below `first_pause`")?;
        all(&[("provider.deadline", self.deadline < self.call_timeout)], "it must not be below `call_timeout`")?;
        let breaker = [("provider.longest_breaker_pause", self.longest_breaker_pause < self.breaker_pause)];
        all(&breaker, "it must not be below `breaker_pause`")
    }
}

fn all(wrong: &[(&'static str, bool)], reason: &'static str) -> Result<(), (&'static str, &'static str)> {
    wrong.iter().find(|(_, wrong)| *wrong).map_or(Ok(()), |(field, _)| Err((*field, reason)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut CacheSettings)) -> Option<&'static str> {
        let mut settings = CacheSettings::default();
        change(&mut settings);
        settings.check().err().map(|(field, _)| field)
    }

    #[test]
    fn the_defaults_go_together() {
        assert_eq!(refused(|_| ()), None);
        assert_eq!(refused(|s| (s.unknown_ttl, s.refused_ttl) = (Duration::ZERO, Duration::ZERO)), None);
        assert_eq!(refused(|s| s.refresh_after = s.ttl), None);
    }

    #[test]
    fn zero_is_refused_by_name() {
        assert_eq!(refused(|s| s.max_firms = 0), Some("max_firms"));
        assert_eq!(refused(|s| s.ttl = Duration::ZERO), Some("ttl"));
        assert_eq!(refused(|s| s.refresh_after = Duration::ZERO), Some("refresh_after"));
        assert_eq!(refused(|s| s.provider.calls_at_once = 0), Some("provider.calls_at_once"));
        assert_eq!(refused(|s| s.provider.calls_per_second = 0), Some("provider.calls_per_second"));
        assert_eq!(refused(|s| s.provider.burst = 0), Some("provider.burst"));
        assert_eq!(refused(|s| s.provider.call_timeout = Duration::ZERO), Some("provider.call_timeout"));
        assert_eq!(refused(|s| s.provider.attempts = 0), Some("provider.attempts"));
        assert_eq!(refused(|s| s.provider.first_pause = Duration::ZERO), Some("provider.first_pause"));
        assert_eq!(refused(|s| s.provider.breaker_failures = 0), Some("provider.breaker_failures"));
        assert_eq!(refused(|s| s.provider.breaker_pause = Duration::ZERO), Some("provider.breaker_pause"));
    }

    #[test]
    fn what_contradicts_is_refused_by_name() {
        let second = Duration::from_secs(1);
        assert_eq!(refused(|s| s.ttl = second), Some("refresh_after"));
        assert_eq!(refused(|s| s.provider.first_pause = 3 * second), Some("provider.longest_pause"));
        assert_eq!(refused(|s| s.provider.deadline = second), Some("provider.deadline"));
        assert_eq!(refused(|s| s.provider.breaker_pause = 16 * second), Some("provider.longest_breaker_pause"));
    }
}

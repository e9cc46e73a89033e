//! What a process's key cache has done so far.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a process's key cache has done since the vault was built, from [`Vault::key_stats`](crate::Vault::key_stats).
/// Counts only grow, but for `under_way`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct KeyStats {
    /// Requests answered from memory, roughly: of several at the same instant one may go uncounted.
    pub hits: u64,
    /// Loads of a firm's keys that somebody waited for and that succeeded.
    pub loads: u64,
    /// Loads that somebody waited for and that failed.
    pub load_failures: u64,
    /// Loads in the background that renewed keys in use.
    pub refreshes: u64,
    /// Loads in the background that failed: the keys stay until their `ttl`.
    pub stale: u64,
    /// Requests answered by a failure of a moment ago (`unknown_ttl`, `refused_ttl`).
    pub negative: u64,
    /// Provider calls made.
    pub calls: u64,
    /// Provider calls that failed, timeouts included.
    pub call_failures: u64,
    /// Provider calls that had to wait for their turn (`calls_at_once`, `calls_per_second`).
    pub waits: u64,
    /// Provider calls not made, since the calls before did not reach it or no turn came within the deadline.
    pub not_made: u64,
    /// Loads and refreshes under way now.
    pub under_way: u64,
}

/// A count that tasks share.
#[derive(Debug, Default)]
pub(crate) struct Count(AtomicU64);

impl Count {
    pub(crate) fn up(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Without an atomic step, where threads would take the number from each other.
    pub(crate) fn roughly_up(&self) {
        self.0.store(self.get().wrapping_add(1), Ordering::Relaxed);
    }

    pub(crate) fn down(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What happens to loads. Hits are counted where they happen.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) loads: Count,
    pub(crate) load_failures: Count,
    pub(crate) refreshes: Count,
    pub(crate) stale: Count,
    pub(crate) negative: Count,
    pub(crate) calls: Count,
    pub(crate) call_failures: Count,
    pub(crate) waits: Count,
    pub(crate) not_made: Count,
    pub(crate) under_way: Count,
}

impl Counts {
    pub(crate) fn stats(&self, hits: u64) -> KeyStats {
        KeyStats {
            hits,
            loads: self.loads.get(),
            load_failures: self.load_failures.get(),
            refreshes: self.refreshes.get(),
            stale: self.stale.get(),
            negative: self.negative.get(),
            calls: self.calls.get(),
            call_failures: self.call_failures.get(),
            waits: self.waits.get(),
            not_made: self.not_made.get(),
            under_way: self.under_way.get(),
        }
    }
}

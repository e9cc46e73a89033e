//! How many cells this process has sealed under a firm's data key: advice for rotations, never a limit.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// A firm's seals under its latest data key.
///
/// Threads count for themselves and add up now and then, so that no two seals write to one place.
#[derive(Debug, Default)]
pub(crate) struct Seals {
    version: AtomicU32,
    count: AtomicU64,
}

/// Seals that a thread may keep to itself.
const KEPT: u64 = 256;

impl Seals {
    /// Counts a seal of the calling thread.
    pub(crate) fn note(self: &Arc<Self>, version: u32) {
        // A thread that is being torn down counts no more.
        let _ = TALLY.try_with(|tally| tally.borrow_mut().note(self, version));
    }

    /// The version and its seals, but for what other threads keep to themselves.
    pub(crate) fn read(&self) -> (u32, u64) {
        let _ = TALLY.try_with(|tally| tally.borrow_mut().flush());
        (self.version.load(Ordering::Relaxed), self.count.load(Ordering::Relaxed))
    }

    // A later version begins anew. Between the two writes another thread's seals may be lost: it is advice.
    fn add(&self, version: u32, seals: u64) {
        let known = self.version.fetch_max(version, Ordering::Relaxed);
        if known < version {
            self.count.store(seals, Ordering::Relaxed);
        } else if known == version {
            self.count.fetch_add(seals, Ordering::Relaxed);
        }
    }
}

/// What a thread has counted of the firm and version that it seals for.
#[derive(Default)]
struct Tally {
    of: Option<Arc<Seals>>,
    version: u32,
    seals: u64,
}

impl Tally {
    #[inline]
    fn note(&mut self, seals: &Arc<Seals>, version: u32) {
        let same = self.version == version && self.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, seals));
        if !same || self.seals >= KEPT {
            self.turn_to(seals, version);
        }
        self.seals += 1;
    }

    #[cold]
    fn turn_to(&mut self, seals: &Arc<Seals>, version: u32) {
        self.flush();
        (self.of, self.version) = (Some(seals.clone()), version);
    }

    fn flush(&mut self) {
        if let Some(of) = &self.of {
            of.add(self.version, std::mem::take(&mut self.seals));
        }
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        self.flush();
    }
}

thread_local! {
    static TALLY: RefCell<Tally> = RefCell::default();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_add_up_and_versions_begin_anew() {
        let (seals, others) = (Arc::new(Seals::default()), Arc::new(Seals::default()));
        // Which of the threads begins the version is then no race.
        seals.add(1, 0);
        std::thread::scope(|threads| {
            let begun: Vec<_> = (0..4).map(|_| threads.spawn(|| (0..1000).for_each(|_| seals.note(1)))).collect();
            // A scope does not wait for what threads do at their very end.
            begun.into_iter().for_each(|thread| thread.join().unwrap());
        });
        assert_eq!(seals.read(), (1, 4000));
        (0..10).for_each(|n| if n % 2 == 0 { seals.note(2) } else { others.note(7) });
        assert_eq!((seals.read(), others.read()), ((2, 5), (7, 5)));
        seals.note(1);
        assert_eq!(seals.read(), (2, 5), "a straggler's");
    }
}

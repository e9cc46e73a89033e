//! Chance that keeps processes and firms out of step.

use std::sync::Arc;
use std::time::Duration;

use crate::random::{OsRandom, Randomness};

/// Draws from a source of its own: keys that a test makes from a seed do not depend on how often somebody waited.
#[derive(Clone)]
pub(crate) struct Jitter(Arc<dyn Randomness>);

impl Default for Jitter {
    fn default() -> Self {
        Self(Arc::new(OsRandom))
    }
}

impl Jitter {
    #[cfg(test)]
    pub(crate) fn of(random: impl Randomness) -> Self {
        Self(Arc::new(random))
    }

    /// A time between nothing and `most`; `most` when the source fails.
    pub(crate) fn up_to(&self, most: Duration) -> Duration {
        let mut bytes = [0; 4];
        match self.0.fill(&mut bytes) {
            Ok(()) => most.mul_f64(f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)).min(most),
            Err(_) => most,
        }
    }
}

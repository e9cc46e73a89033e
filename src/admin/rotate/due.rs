//! Rotation by age and by count of seals.

use std::time::Duration;

use super::{RotateAll, RotateError, Rotations};
use crate::admin::KeyAdmin;
use crate::context::FirmId;
use crate::keys::Purpose;
use crate::keys::change::Opened;

/// When keys are due for rotation. `None` means never by that reason; zero means always.
///
/// ```
/// # use std::time::Duration;
/// let mut policy = fieldseal::admin::RotationPolicy::default();
/// policy.data_key_max_age = Some(Duration::from_secs(90 * 24 * 3600));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RotationPolicy {
    /// Age of the active data key, in whole seconds since it was made. Default 365 days.
    ///
    /// A version is made shortly before it becomes active; one that a call which was cut off left pending is older than its
    /// use, and is due earlier, never later.
    pub data_key_max_age: Option<Duration>,
    /// Cells that this process has sealed under the active data key since it has held the firm's keys. Default 2^40.
    ///
    /// Advice, not a limit: each process counts for itself, threads add up now and then, and a firm whose keys are dropped
    /// begins anew. Randomised cells have no limit that a column meets; RFC 5297 asks that fewer than 2^48 deterministic cells be
    /// sealed under one key, and each column has a key of its own.
    pub data_key_max_seals: Option<u64>,
    /// Age of the active index key, in whole seconds since it was made. Default never: until terms are computed anew, every
    /// further version makes lookups ask for one more.
    pub index_key_max_age: Option<Duration>,
}

impl Default for RotationPolicy {
    fn default() -> Self {
        Self {
            data_key_max_age: Some(Duration::from_secs(365 * 24 * 3600)),
            data_key_max_seals: Some(1 << 40),
            index_key_max_age: None,
        }
    }
}

impl KeyAdmin {
    /// Rotates every firm's keys that are due: run it by a timer, once an hour, say, in one place or in every process. Where
    /// several run it at once, the store decides who does a firm, and it is done once. One provider call a firm, two
    /// more for each rotation.
    ///
    /// # Errors
    /// As [`rotate_all`](Self::rotate_all).
    pub async fn rotate_due(&self, policy: &RotationPolicy) -> Result<Rotations, RotateError> {
        let mut all = Rotations::default();
        for purpose in policy.purposes() {
            let due = |opened: &Opened| self.is_due(policy, purpose, opened);
            all.add(self.rotate_due_among(purpose, &RotateAll::default(), &due).await?);
        }
        Ok(all)
    }

    /// Cells that this process has sealed under the firm's data key, and the version of that key: see
    /// [`RotationPolicy::data_key_max_seals`]. `None` before the first.
    #[must_use]
    pub fn seals_here(&self, firm: impl Into<FirmId>) -> Option<(u32, u64)> {
        Some(self.custody.held(&firm.into()).seals().read()).filter(|(version, _)| *version > 0)
    }

    fn is_due(&self, policy: &RotationPolicy, purpose: Purpose, opened: &Opened) -> bool {
        let active = opened.active(purpose);
        let age = self.custody.clock().unix_seconds().saturating_sub(active.created);
        let too_old = policy.max_age(purpose).is_some_and(|most| age >= most.as_secs());
        too_old || purpose == Purpose::Data && self.is_worn(policy, &opened.manifest.firm, active.version)
    }

    /// Whether this process has sealed as much as a key is to seal.
    fn is_worn(&self, policy: &RotationPolicy, firm: &FirmId, active: u32) -> bool {
        let Some(most) = policy.data_key_max_seals else { return false };
        let (version, seals) = self.seals_here(firm).unwrap_or((active, 0));
        let worn = version == active && seals >= most;
        if worn {
            tracing::warn!(name: "fieldseal.keys.seals", %firm, version, seals, "a data key has sealed enough: it is rotated");
        }
        worn
    }
}

impl RotationPolicy {
    fn purposes(&self) -> impl Iterator<Item = Purpose> {
        let data = self.data_key_max_age.is_some() || self.data_key_max_seals.is_some();
        let data = data.then_some(Purpose::Data);
        data.into_iter().chain(self.index_key_max_age.map(|_| Purpose::Index))
    }

    fn max_age(&self, purpose: Purpose) -> Option<Duration> {
        match purpose {
            Purpose::Data => self.data_key_max_age,
            Purpose::Index => self.index_key_max_age,
        }
    }
}

impl Rotations {
    fn add(&mut self, other: Self) {
        self.rotated.extend(other.rotated);
        self.skipped += other.skipped;
        self.failed.extend(other.failed);
    }
}

//! Rotation of many firms, which wait for the other processes together.

use std::time::Duration;

use futures_util::{StreamExt, stream};

use super::{Prepared, RotateError, Rotation};
use crate::admin::{KeyAdmin, Step};
use crate::context::FirmId;
use crate::keys::change::Opened;
use crate::keys::{KeyError, Purpose};

/// Which firms' keys are rotated, and how many at once.
///
/// ```
/// # let now = 1_800_000_000;
/// let mut all = fieldseal::admin::RotateAll::default();
/// all.created_before = now;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RotateAll {
    /// Firms whose active version was created at this time or later are left as they are: Unix seconds. Default: the
    /// time of the call. A call that was cut off is gone on with by giving the first call's time again.
    pub created_before: u64,
    /// Begin behind this firm, in the order of [`KeyStore::firms`](crate::keys::KeyStore::firms). Default: with the first.
    pub after: Option<FirmId>,
    /// Firms that wait together for the other processes. Default 500.
    pub batch: usize,
    /// Firms whose records are read or written at once: provider calls at once. Default 8.
    pub at_once: usize,
}

impl Default for RotateAll {
    fn default() -> Self {
        Self { created_before: u64::MAX, after: None, batch: 500, at_once: 8 }
    }
}

/// What became of many firms.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Rotations {
    /// The firms that were rotated.
    pub rotated: Vec<Rotation>,
    /// How many were left as they are: not due, or shredded.
    pub skipped: u64,
    /// The firms whose rotation failed, and why. The same call takes them up again.
    pub failed: Vec<(FirmId, RotateError)>,
}

/// Which records are to be rotated.
pub(super) type Due<'a> = &'a (dyn Fn(&Opened) -> bool + Sync);

impl KeyAdmin {
    /// [`rotate`](Self::rotate) of every firm that is due by `which`, the platform too. A firm that fails does not hold up the
    /// others.
    ///
    /// # Errors
    /// [`RotateError`] when firms can't be listed or the other processes not be waited for; what one firm's fails by
    /// is in [`Rotations::failed`].
    pub async fn rotate_all(&self, purpose: Purpose, which: &RotateAll) -> Result<Rotations, RotateError> {
        let before = which.created_before.min(self.custody.clock().unix_seconds().saturating_add(1));
        self.rotate_due_among(purpose, which, &|opened| opened.active(purpose).created < before).await
    }

    pub(super) async fn rotate_due_among(
        &self,
        purpose: Purpose,
        which: &RotateAll,
        due: Due<'_>,
    ) -> Result<Rotations, RotateError> {
        let (mut all, mut after, mut done) = (Rotations::default(), which.after.clone(), 0);
        let batch = which.batch.max(1);
        loop {
            let firms = self.custody.store().firms(after.as_ref(), batch).await.map_err(KeyError::from)?;
            let Some(last) = firms.last() else { break };
            after = Some(last.clone());
            done += firms.len() as u64;
            self.rotate_batch(purpose, firms, which.at_once.max(1), due, &mut all).await?;
            self.tell(None, Step::Firms { done });
        }
        // A call that was cut off may have activated versions that it did not wait for.
        if all.rotated.is_empty() {
            self.timed_settle(None).await?;
        }
        Ok(all)
    }

    async fn rotate_batch(
        &self,
        purpose: Purpose,
        firms: Vec<FirmId>,
        at_once: usize,
        due: Due<'_>,
        all: &mut Rotations,
    ) -> Result<(), RotateError> {
        let prepare = |firm: FirmId| async move {
            let prepared = self.prepare_checked(&firm, purpose, due).await;
            (firm, prepared)
        };
        let prepared: Vec<_> = stream::iter(firms).map(prepare).buffer_unordered(at_once).collect().await;
        let prepared = all.sort(prepared);
        if prepared.is_empty() {
            return Ok(());
        }
        let mut waited = self.timed_settle(None).await?;
        let activate = |(firm, prepared): (FirmId, Prepared)| async move {
            let activated = self.activate(&firm, purpose, prepared).await;
            (firm, activated.map(|generation| Some((prepared, generation))))
        };
        let activated: Vec<_> = stream::iter(prepared).map(activate).buffer_unordered(at_once).collect().await;
        let activated = all.sort(activated);
        waited += self.timed_settle(None).await?;
        all.note(purpose, activated, waited);
        Ok(())
    }

    async fn prepare_checked(
        &self,
        firm: &FirmId,
        purpose: Purpose,
        due: Due<'_>,
    ) -> Result<Option<Prepared>, RotateError> {
        self.check_unique(firm, purpose)?;
        match self.prepare(firm, purpose, 0, due).await {
            Err(RotateError::Keys(KeyError::Shredded { .. })) => Ok(None),
            prepared => prepared,
        }
    }
}

impl Rotations {
    /// Keeps what failed and what was skipped, and gives the rest.
    fn sort<T>(&mut self, firms: Vec<(FirmId, Result<Option<T>, RotateError>)>) -> Vec<(FirmId, T)> {
        let mut rest = Vec::new();
        for (firm, result) in firms {
            match result {
                Ok(Some(value)) => rest.push((firm, value)),
                Ok(None) => self.skipped += 1,
                Err(error) => self.failed.push((firm, error)),
            }
        }
        rest
    }

    fn note(&mut self, purpose: Purpose, firms: Vec<(FirmId, (Prepared, u64))>, waited: Duration) {
        let rotation = |(firm, (prepared, generation)): (FirmId, (Prepared, u64))| {
            prepared.rotation(firm, purpose, generation, waited)
        };
        self.rotated.extend(firms.into_iter().map(rotation));
    }
}

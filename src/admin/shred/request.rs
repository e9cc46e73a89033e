//! A shredding is asked for first, and waits.

use std::time::Duration;

use super::ShredError;
use crate::admin::standing::{decided_of, text};
use crate::admin::{KeyAdmin, StandingError, Step};
use crate::context::FirmId;
use crate::keys::standing::{FirmStanding, PendingShred};

/// A shredding that is to be requested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShredRequest {
    by: String,
    reason: String,
    waiting: Duration,
    suspends: bool,
}

impl ShredRequest {
    /// The waiting period unless said otherwise: a week.
    pub const WAITING: Duration = Duration::from_secs(7 * DAY);
    /// The shortest waiting period: a day.
    pub const MIN_WAITING: Duration = Duration::from_secs(DAY);

    /// Requested by whom, and why. The firm is suspended until the shredding is done or cancelled.
    pub fn new(by: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { by: by.into(), reason: reason.into(), waiting: Self::WAITING, suspends: true }
    }

    /// How long to wait at least, a day or more.
    #[must_use]
    pub fn waiting(self, waiting: Duration) -> Self {
        Self { waiting, ..self }
    }

    /// Lets the firm work until it is shredded.
    #[must_use]
    pub fn keep_working(self) -> Self {
        Self { suspends: false, ..self }
    }

    fn check(&self) -> Result<(), StandingError> {
        text("the name", &self.by)?;
        text("the reason", &self.reason)?;
        if self.waiting < Self::MIN_WAITING { Err(StandingError::Waiting) } else { Ok(()) }
    }

    fn pending(&self, now: u64) -> PendingShred {
        PendingShred {
            by: self.by.clone(),
            reason: self.reason.clone(),
            requested: now,
            due: now.saturating_add(self.waiting.as_secs()),
            suspends: self.suspends,
        }
    }
}

const DAY: u64 = 24 * 60 * 60;

impl KeyAdmin {
    /// Requests that a firm be shredded after a waiting period, and gives the time from which [`shred`](Self::shred) does it,
    /// in Unix seconds. Unless the request says otherwise, the firm is suspended at once, in every process.
    ///
    /// Whoever runs `shred` tells the time by the clock of their own machine: a clock set forward shortens the wait.
    ///
    /// # Errors
    /// [`StandingError`].
    pub async fn request_shred(&self, firm: impl Into<FirmId>, request: ShredRequest) -> Result<u64, StandingError> {
        let firm = decided_of(firm)?;
        request.check()?;
        let pending = request.pending(self.custody.clock().unix_seconds());
        let due = pending.due;
        let done = self.decide(&firm, Step::RequestShred { due }, |standing| match &standing.pending {
            Some(before) => Err(StandingError::Requested { firm: standing.firm.clone(), due: before.due }),
            None => {
                standing.pending = Some(pending.clone());
                Ok(Some(()))
            }
        });
        done.await?;
        if request.suspends {
            self.settle(Some(&firm)).await?;
        }
        Ok(due)
    }

    /// Cancels a requested shredding. The firm works again, unless it is suspended for another reason.
    ///
    /// # Errors
    /// [`StandingError`]; [`KeyError::Shredded`](crate::keys::KeyError::Shredded) in it if it was done.
    pub async fn cancel_shred(&self, firm: impl Into<FirmId>) -> Result<(), StandingError> {
        let firm = decided_of(firm)?;
        let done = self.decide(&firm, Step::CancelShred, |standing| match standing.pending.take() {
            None => Err(StandingError::NotRequested { firm: standing.firm.clone() }),
            Some(_) => Ok(Some(())),
        });
        done.await.map(drop)
    }
}

/// Refuses a shredding that was not requested, or before its time.
pub(super) fn due(standing: &FirmStanding, now: u64) -> Result<(), ShredError> {
    let firm = || standing.firm.clone();
    let pending = standing.pending.as_ref().ok_or_else(|| ShredError::NotRequested { firm: firm() })?;
    if now < pending.due {
        return Err(ShredError::NotDue { firm: firm(), due: pending.due, now });
    }
    Ok(())
}

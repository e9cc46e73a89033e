//! Firms that are suspended, and firms whose keys may not be destroyed.

use super::{KeyAdmin, Step};
use crate::context::FirmId;
use crate::keys::KeyError;
use crate::keys::standing::{FirmStanding, Hold, Suspension};

/// A decision about a firm that can't be taken.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StandingError {
    /// The firm's record can't be had or written.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// Every firm needs the platform.
    #[error("the platform is neither suspended, held nor shredded: every firm's keys are endorsed by it")]
    Platform,
    /// A name or reason that can't be stored.
    #[error("{what} has to be 1 to {MAX_TEXT} bytes without control characters")]
    Text {
        /// Which.
        what: &'static str,
    },
    /// The firm has another hold of this id.
    #[error("firm {firm} has another hold `{id}`: give this one an id of its own")]
    HoldTaken {
        /// The firm.
        firm: FirmId,
        /// The id.
        id: String,
    },
    /// The firm has no hold of this id.
    #[error("firm {firm} has no hold `{id}`")]
    NoHold {
        /// The firm.
        firm: FirmId,
        /// The id.
        id: String,
    },
    /// The firm is suspended until it is shredded.
    #[error("firm {firm} is suspended because its shredding was requested: cancel that")]
    ShredPending {
        /// The firm.
        firm: FirmId,
    },
    /// The firm's shredding was requested before.
    #[error("the shredding of firm {firm} was requested before and is due at {due} (Unix seconds): cancel that first")]
    Requested {
        /// The firm.
        firm: FirmId,
        /// Unix seconds.
        due: u64,
    },
    /// The firm's shredding was not requested.
    #[error("the shredding of firm {firm} was not requested")]
    NotRequested {
        /// The firm.
        firm: FirmId,
    },
    /// Too short a wait to notice a mistake.
    #[error("a shredding waits for a day at least, so that a mistake is noticed; `danger::shred_firm` does not wait")]
    Waiting,
}

impl StandingError {
    /// A stable name for logs, metrics and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Keys(error) => error.code(),
            Self::Platform => "standing.platform",
            Self::Text { .. } => "standing.text",
            Self::HoldTaken { .. } => "standing.hold_taken",
            Self::NoHold { .. } => "standing.no_hold",
            Self::ShredPending { .. } => "standing.shred_pending",
            Self::Requested { .. } => "standing.requested",
            Self::NotRequested { .. } => "standing.not_requested",
            Self::Waiting => "standing.waiting",
        }
    }

    /// Whether the same call may succeed later without anyone changing anything.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Keys(error) if error.is_retryable())
    }
}

impl KeyAdmin {
    /// What was decided of a firm. The firm's provider is not asked.
    ///
    /// # Errors
    /// [`KeyError`]; [`KeyError::Shredded`] for a shredded firm, which has a [`certificate`](Self::certificate) instead.
    pub async fn standing(&self, firm: impl Into<FirmId>) -> Result<FirmStanding, KeyError> {
        self.custody.current_standing(&firm.into()).await
    }

    /// Takes a firm's keys away from every process until it is [reinstated](Self::reinstate), and waits until each of them
    /// has dropped them or its lease has ended. `false`: it was suspended before, which stays as it was.
    ///
    /// The firm's provider is not asked, so a firm can be suspended while its KMS is down. Cells stay as they are; sealing and
    /// opening fail by [`KeyError::Suspended`].
    ///
    /// # Errors
    /// [`StandingError`].
    pub async fn suspend(&self, firm: impl Into<FirmId>, reason: &str) -> Result<bool, StandingError> {
        let firm = decided_of(firm)?;
        text("the reason", reason)?;
        let when = self.custody.clock().unix_seconds();
        let suspension = Suspension { reason: reason.to_owned(), when };
        let done = self.decide(&firm, Step::Suspend, |standing| {
            let free = standing.suspended.is_none();
            Ok(free.then(|| standing.suspended = Some(suspension.clone())))
        });
        let done = done.await?.is_some();
        // Also where it was suspended before: the call that did it may have been cut off.
        self.settle(Some(&firm)).await?;
        Ok(done)
    }

    /// Lets a suspended firm's keys be loaded again, by new sessions; open ones of a process work again with its first new one.
    /// `false`: it was not suspended.
    ///
    /// # Errors
    /// [`StandingError`]; [`StandingError::ShredPending`] where a requested shredding keeps it suspended.
    pub async fn reinstate(&self, firm: impl Into<FirmId>) -> Result<bool, StandingError> {
        let firm = decided_of(firm)?;
        let done = self.decide(&firm, Step::Reinstate, |standing| {
            if standing.pending.as_ref().is_some_and(|pending| pending.suspends) {
                return Err(StandingError::ShredPending { firm: standing.firm.clone() });
            }
            Ok(standing.suspended.take().map(drop))
        });
        Ok(done.await?.is_some())
    }

    /// Forbids the destruction of a firm's keys, also by [`danger::shred_firm`](crate::danger::shred_firm), until the hold is
    /// [released](Self::release). `false`: the firm has this hold already, with the same reason and name.
    ///
    /// A shredding may still be requested, and its waiting period passes; it is refused for as long as any hold stands.
    ///
    /// # Errors
    /// [`StandingError`].
    pub async fn hold(&self, firm: impl Into<FirmId>, hold: Hold) -> Result<bool, StandingError> {
        let firm = decided_of(firm)?;
        for (what, value) in [("a hold's id", &hold.id), ("the reason", &hold.reason), ("the name", &hold.by)] {
            text(what, value)?;
        }
        let hold = Hold { when: self.custody.clock().unix_seconds(), ..hold };
        let done = self.decide(&firm, Step::Hold { id: hold.id.clone() }, |standing| place(standing, &hold));
        Ok(done.await?.is_some())
    }

    /// Releases one of a firm's holds, by its id.
    ///
    /// # Errors
    /// [`StandingError`]; [`StandingError::NoHold`] if there is none of this id.
    pub async fn release(&self, firm: impl Into<FirmId>, id: &str) -> Result<(), StandingError> {
        let firm = decided_of(firm)?;
        let done = self.decide(&firm, Step::Release { id: id.to_owned() }, |standing| {
            let at = standing.holds.iter().position(|hold| hold.id == id);
            let no_hold = || StandingError::NoHold { firm: standing.firm.clone(), id: id.to_owned() };
            let at = at.ok_or_else(no_hold)?;
            standing.holds.remove(at);
            Ok(Some(()))
        });
        done.await.map(drop)
    }

    /// A firm's holds, sorted by id.
    ///
    /// # Errors
    /// As [`standing`](Self::standing).
    pub async fn holds(&self, firm: impl Into<FirmId>) -> Result<Vec<Hold>, KeyError> {
        Ok(self.standing(firm).await?.holds)
    }

    /// Edits a firm's standing, or in a dry run says what the edit would come to.
    pub(super) async fn decide<T>(
        &self,
        firm: &FirmId,
        step: Step,
        mut edit: impl FnMut(&mut FirmStanding) -> Result<Option<T>, StandingError>,
    ) -> Result<Option<T>, StandingError> {
        let done = if self.is_dry() {
            edit(&mut self.custody.current_standing(firm).await?)?
        } else {
            self.custody.change_standing(firm, edit).await?
        };
        if done.is_some() {
            self.tell(Some(firm), step);
        }
        Ok(done)
    }
}

fn place(standing: &mut FirmStanding, hold: &Hold) -> Result<Option<()>, StandingError> {
    match standing.holds.binary_search_by(|placed| placed.id.cmp(&hold.id)) {
        Err(at) => {
            standing.holds.insert(at, hold.clone());
            Ok(Some(()))
        }
        Ok(at) if (&standing.holds[at].reason, &standing.holds[at].by) == (&hold.reason, &hold.by) => Ok(None),
        Ok(_) => Err(StandingError::HoldTaken { firm: standing.firm.clone(), id: hold.id.clone() }),
    }
}

/// A firm that something can be decided of.
pub(super) fn decided_of(firm: impl Into<FirmId>) -> Result<FirmId, StandingError> {
    match firm.into() {
        FirmId::Platform => Err(StandingError::Platform),
        firm => Ok(firm),
    }
}

pub(super) fn text(what: &'static str, text: &str) -> Result<(), StandingError> {
    let fits = (1..=MAX_TEXT).contains(&text.len()) && !text.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(StandingError::Text { what }) }
}

/// Bytes of a name or reason.
const MAX_TEXT: usize = 1000;

//! What operators see of a call at work, and calls that only say what they would do.

use std::fmt;

use super::{Kek, KeyAdmin};
use crate::context::FirmId;
use crate::keys::change::Opened;
use crate::keys::{KeyError, KeyState, Purpose};

/// One step of a call of [`KeyAdmin`], as [`KeyAdmin::telling`] is told it.
///
/// A change is told once it is committed, a wait when it begins. Its `Display` is a line for operators.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The firm; `None` for a step that concerns many.
    pub firm: Option<FirmId>,
    /// The step.
    pub step: Step,
    /// Whether it was not done, only said.
    pub dry_run: bool,
}

/// What a call of [`KeyAdmin`] does at one point.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Makes a version, pending.
    Make {
        /// What it is for.
        purpose: Purpose,
        /// Its number.
        version: u32,
    },
    /// Goes on with a pending version that an earlier call has made.
    TakeUp {
        /// What it is for.
        purpose: Purpose,
        /// Its number.
        version: u32,
    },
    /// Activates a version; the active one is superseded.
    Activate {
        /// What they are for.
        purpose: Purpose,
        /// The version that seals from now on.
        version: u32,
        /// The version that sealed until now.
        superseded: u32,
    },
    /// Puts the master key under another KEK.
    Rewrap {
        /// The KEK before.
        from: Kek,
        /// The KEK now.
        to: Kek,
    },
    /// Puts a fresh master key in the place of the one before.
    RotateMaster {
        /// The version before.
        from: u32,
        /// The version now.
        to: u32,
    },
    /// Moves a version to its next state.
    Move {
        /// What it is for.
        purpose: Purpose,
        /// Its number.
        version: u32,
        /// The state.
        to: KeyState,
    },
    /// Bars a version in the databases, and waits for transactions that began before.
    Bar {
        /// What it is for.
        purpose: Purpose,
        /// Its number.
        version: u32,
    },
    /// Looks through all rows for the versions that they name.
    Count,
    /// Refuses cells under a lower data-key version.
    RaiseMinimum {
        /// The lowest that still opens.
        version: u32,
    },
    /// Suspends the firm.
    Suspend,
    /// Reinstates the firm.
    Reinstate,
    /// Places a legal hold.
    Hold {
        /// Its id.
        id: String,
    },
    /// Releases a legal hold.
    Release {
        /// Its id.
        id: String,
    },
    /// Requests the firm's shredding.
    RequestShred {
        /// When it is due: Unix seconds.
        due: u64,
    },
    /// Cancels the firm's shredding.
    CancelShred,
    /// Destroys the firm's keys.
    Shred,
    /// Clears a batch of the firm's terms in a global index.
    ClearTerms {
        /// The table.
        table: &'static str,
        /// The term column.
        column: &'static str,
    },
    /// Completes the certificate of the firm's shredding.
    Certify,
    /// Restores a firm's record from a backup, or leaves it.
    Restore {
        /// What becomes of it.
        outcome: super::Outcome,
    },
    /// Puts the newest record that this process holds back into a store that was rolled back.
    Reinsert {
        /// Its generation.
        generation: u64,
    },
    /// Writes a firm from an escrow export, under the vault's KEK.
    Recover {
        /// Its generation.
        generation: u64,
    },
    /// Moves a migration to a phase.
    SetPhase {
        /// The migration.
        job: String,
        /// The phase.
        phase: crate::keys::Phase,
    },
    /// Ends a migration.
    EndJob {
        /// The migration.
        job: String,
    },
    /// Waits until every live process has applied what was committed.
    Settle,
    /// One part of many firms is done.
    Firms {
        /// How many firms so far.
        done: u64,
    },
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Make { purpose, version } => write!(f, "make {} key {version}", purpose.as_str()),
            Self::TakeUp { purpose, version } => write!(f, "go on with pending {} key {version}", purpose.as_str()),
            Self::Activate { purpose, version, superseded } => {
                write!(f, "activate {0} key {version} in place of {0} key {superseded}", purpose.as_str())
            }
            Self::Rewrap { from, to } => write!(f, "put the master key under KEK {to}, from KEK {from}"),
            Self::RotateMaster { from, to } => write!(f, "put master key {to} in the place of master key {from}"),
            Self::Move { purpose, version, to } => write!(f, "make {} key {version} {}", purpose.as_str(), to.as_str()),
            Self::Bar { purpose, version } => write!(f, "bar {} key {version} in the databases", purpose.as_str()),
            Self::Count => f.write_str("count the key versions of all rows"),
            Self::RaiseMinimum { version } => write!(f, "refuse cells below data key {version}"),
            Self::Suspend => f.write_str("suspend the firm"),
            Self::Reinstate => f.write_str("reinstate the firm"),
            Self::Hold { id } => write!(f, "place hold {id}"),
            Self::Release { id } => write!(f, "release hold {id}"),
            Self::RequestShred { due } => write!(f, "request the firm's shredding, due at {due}"),
            Self::CancelShred => f.write_str("cancel the firm's shredding"),
            Self::Shred => f.write_str("destroy the firm's keys"),
            Self::ClearTerms { table, column } => write!(f, "clear a batch of terms in {table}.{column}"),
            Self::Certify => f.write_str("complete the certificate"),
            Self::Restore { outcome } => write!(f, "restore from the backup: {outcome}"),
            Self::Reinsert { generation } => write!(f, "put generation {generation} back"),
            Self::Recover { generation } => write!(f, "recover from escrow as generation {generation}"),
            Self::SetPhase { job, phase } => write!(f, "make migration `{job}` {phase}"),
            Self::EndJob { job } => write!(f, "end migration `{job}`"),
            Self::Settle => f.write_str("wait for every live process"),
            Self::Firms { done } => write!(f, "firms so far: {done}"),
        }
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(firm) = &self.firm {
            write!(f, "firm {firm}: ")?;
        }
        let would = if self.dry_run { "would " } else { "" };
        write!(f, "{would}{}", self.step)
    }
}

impl KeyAdmin {
    /// The same operator in a dry run: every call reads, checks and tells its steps, and changes nothing.
    ///
    /// Calls that refuse, refuse here too, as far as it can be known without doing the steps before.
    #[must_use]
    pub fn dry_run(self) -> Self {
        Self { dry_run: true, ..self }
    }

    /// The same operator, who tells each step. Calls do not wait for `tell`'s work elsewhere: it should be quick.
    #[must_use]
    pub fn telling(self, tell: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        Self { tell: Some(std::sync::Arc::new(tell)), ..self }
    }

    /// Edits the firm's record until the store takes it, as [`Custody::change`](crate::keys::custody::Custody::change)
    /// does; in a dry run only says what the edit came to.
    pub(crate) async fn change<T, E: From<KeyError>>(
        &self,
        firm: &FirmId,
        mut edit: impl FnMut(&mut Opened) -> Result<Option<T>, E>,
    ) -> Result<Option<T>, E> {
        if self.dry_run {
            return edit(&mut self.custody.opened(firm).await?);
        }
        self.custody.change(firm, edit).await
    }

    /// Waits for every live process, unless this is a dry run.
    pub(crate) async fn settle(&self, firm: Option<&FirmId>) -> Result<(), KeyError> {
        self.tell(firm, Step::Settle);
        if self.dry_run { Ok(()) } else { self.fleet.settle().await }
    }

    /// Whether calls change nothing.
    pub(crate) fn is_dry(&self) -> bool {
        self.dry_run
    }

    /// Tells a step: after it was committed, before it is waited for, or in a dry run in its place.
    pub(crate) fn tell(&self, firm: Option<&FirmId>, step: Step) {
        if let Some(tell) = &self.tell {
            tell(&Progress { firm: firm.cloned(), step, dry_run: self.dry_run });
        }
    }
}

/// Who is told the steps of a call.
pub(crate) type Tell = std::sync::Arc<dyn Fn(&Progress) + Send + Sync>;

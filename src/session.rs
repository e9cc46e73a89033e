//! The way in: a vault for the process, a session for one firm at a time.

mod blocking;
mod builder;
mod check;
mod global;
mod many;
mod renewal;
mod scope;
#[cfg(feature = "async")]
mod stream;
mod vault;

use std::sync::Arc;

use crate::context::FirmId;
use crate::model::{CellKeys, FirmScope, Open, OpenError, Seal, SealError, SealFor, TermKeys, TermSlot};

pub use blocking::BlockingVault;
pub use builder::{BuildError, CreateFirms, VaultBuilder, WhenRolledBack};
pub use global::GlobalIndex;
pub use many::OpenManyError;
pub use scope::Scoped;
pub use vault::Vault;

/// The right to use one firm's keys, from [`Vault::session`]. Cheap to clone and to send.
///
/// It holds no keys but a live slot of them: when the firm is revoked, or its keys' time is over, the next cell is an
/// error.
#[derive(Debug, Clone)]
pub struct Session {
    cells: Arc<CellKeys>,
}

impl Session {
    pub(crate) fn new(cells: CellKeys) -> Self {
        Self { cells: Arc::new(cells) }
    }

    /// The firm.
    #[must_use]
    pub fn firm(&self) -> &FirmId {
        self.cells.firm()
    }

    /// Seals a model or form, or a slice or `Vec` of them: the result is what Diesel inserts or updates by.
    ///
    /// # Errors
    /// [`SealError`]; nothing is sealed in part.
    pub fn seal<T: Seal + ?Sized>(&self, value: &T) -> Result<T::Sealed, SealError> {
        value.seal(&self.cells)
    }

    /// Seals a form that does not hold its row key, such as a patch, for the row of this key.
    ///
    /// # Errors
    /// [`SealError`]; nothing is sealed in part.
    pub fn seal_for<T: SealFor>(&self, key: impl Into<T::Key>, form: &T) -> Result<T::Sealed, SealError> {
        form.seal_for(&self.cells, key.into())
    }

    /// Opens sealed rows: one, a `Vec`, an `Option`, or tuples of them as joins give. A `Vec` of so many rows that it is worth
    /// it is opened on several cores; it takes values that may be sent to another thread.
    ///
    /// # Errors
    /// [`OpenError`] of the first cell that does not open; nothing is left out.
    pub fn open<T: Open>(&self, sealed: T) -> Result<T::Opened, OpenError> {
        sealed.open(&self.cells)
    }

    /// This session with the right to compute the terms of global indexes, which models with one need to be sealed.
    ///
    /// Terms of a firm with a KEK of its own are [`KeyError::NotInGlobalIndexes`](crate::KeyError::NotInGlobalIndexes),
    /// unless it was named with [`Providers::joins_global_indexes`](crate::keys::Providers::joins_global_indexes).
    #[must_use]
    pub fn with_global_index(&self, right: &GlobalIndex) -> Self {
        Self::new(CellKeys { global: Some(right.slot_for(self.firm())), ..CellKeys::clone(&self.cells) })
    }
}

impl AsRef<CellKeys> for Session {
    fn as_ref(&self) -> &CellKeys {
        &self.cells
    }
}

impl TermKeys<FirmScope> for Session {
    fn term_slot(&self) -> TermSlot<'_> {
        TermSlot(&self.cells.slot)
    }
}

//! The processes that use one key store, and the epoch of changes that each of them has applied.

use crate::keys::KeyError;

/// This process's place among the others.
#[derive(Debug, Default)]
pub(crate) struct Fleet {}

impl Fleet {
    /// Waits until every live process has applied every change that was committed before this call, or its lease has
    /// ended.
    pub(crate) async fn settle(&self) -> Result<(), KeyError> {
        Ok(())
    }
}

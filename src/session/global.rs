//! The right to look up in global indexes.

use std::sync::Arc;

use crate::keys::live::LiveSlot;
use crate::model::{GlobalScope, TermKeys, TermSlot};

/// The right to compute the terms of global indexes (`scope = global`), from
/// [`Vault::global_index`](crate::Vault::global_index).
///
/// # Security
/// It is a membership oracle over all firms: whoever holds it can ask whether any firm has a given value. Hold it where
/// a login by e-mail needs it, nowhere else.
#[derive(Clone)]
pub struct GlobalIndex(Arc<LiveSlot>);

impl GlobalIndex {
    pub(crate) fn new(platform: Arc<LiveSlot>) -> Self {
        Self(platform)
    }

    pub(crate) fn slot(&self) -> Arc<LiveSlot> {
        self.0.clone()
    }
}

impl std::fmt::Debug for GlobalIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GlobalIndex")
    }
}

impl TermKeys<GlobalScope> for GlobalIndex {
    fn term_slot(&self) -> TermSlot<'_> {
        TermSlot(&self.0)
    }
}

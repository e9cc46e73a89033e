//! The right to look up in global indexes.

use std::sync::Arc;

use crate::context::FirmId;
use crate::keys::live::LiveSlot;
use crate::keys::providers::Routes;
use crate::model::{GlobalScope, TermKeys, TermSlot};

/// The right to compute the terms of global indexes (`scope = global`), from
/// [`Vault::global_index`](crate::Vault::global_index).
///
/// # Security
/// It is a membership oracle over all firms: whoever holds it can ask whether any firm has a given value. Hold it where
/// a login by e-mail needs it, nowhere else. The terms of a firm with a KEK of its own do not lie there, unless the firm
/// was named with [`Providers::joins_global_indexes`](crate::keys::Providers::joins_global_indexes).
#[derive(Clone)]
pub struct GlobalIndex {
    platform: Arc<LiveSlot>,
    routes: Arc<Routes>,
}

impl GlobalIndex {
    pub(crate) fn new(platform: Arc<LiveSlot>, routes: Arc<Routes>) -> Self {
        Self { platform, routes }
    }

    /// The keys for a firm's terms: the platform's, or never any for a firm that stays out.
    pub(crate) fn slot_for(&self, firm: &FirmId) -> Arc<LiveSlot> {
        if self.routes.may_join_global_indexes(firm) {
            return self.platform.clone();
        }
        Arc::new(LiveSlot::kept_out(firm.clone()))
    }
}

impl std::fmt::Debug for GlobalIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GlobalIndex")
    }
}

impl TermKeys<GlobalScope> for GlobalIndex {
    fn term_slot(&self) -> TermSlot<'_> {
        TermSlot(&self.platform)
    }
}

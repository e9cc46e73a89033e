//! The anchor beside the key store: asked before a record is read, moved on before one is used.

use std::sync::Arc;

use super::Custody;
use crate::context::FirmId;
use crate::keys::anchor::{Anchor, AnchorError, AnchorOutage};
use crate::keys::error::{KeyError, Tampering};

/// An anchor, and what its outage means.
pub(super) struct Anchored {
    anchor: Arc<dyn Anchor>,
    outage: AnchorOutage,
}

/// What is to be done with a record.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    Load,
    Change,
}

impl Custody {
    /// Lets an anchor tell what this process has not seen itself. Once, before anything is read.
    pub(crate) fn anchor_to(&self, anchor: Arc<dyn Anchor>, outage: AnchorOutage) {
        // A second one would be another vault's.
        let _ = self.seen.anchor.set(Anchored { anchor, outage });
    }

    /// Learns the anchor's heads of these firms.
    pub(super) async fn ask_anchor(&self, firms: &[FirmId], to: Use) -> Result<(), KeyError> {
        let (Some(anchored), Some(first)) = (self.seen.anchor.get(), firms.first()) else { return Ok(()) };
        let heads = match anchored.anchor.heads(firms).await {
            Ok(heads) => heads,
            Err(error) => return anchored.outage(first, to, error),
        };
        for (firm, head) in firms.iter().zip(heads) {
            let noted = head.map_or(Ok(()), |head| self.seen.anchored(firm, head));
            noted.map_err(|what| KeyError::Tampered { firm: firm.clone(), what })?;
        }
        Ok(())
    }

    /// Fails while the anchor can't be reached: what is written could not be anchored.
    pub(crate) async fn anchor_is_there(&self, firm: &FirmId) -> Result<(), KeyError> {
        self.ask_anchor(std::slice::from_ref(firm), Use::Change).await
    }

    /// Moves the anchor on to what was seen of the firm.
    pub(super) async fn advance_anchor(&self, firm: &FirmId) -> Result<(), KeyError> {
        let (Some(anchored), Some(head)) = (self.seen.anchor.get(), self.seen.unanchored(firm)) else { return Ok(()) };
        match anchored.anchor.advance(firm, &head).await {
            Ok(()) => self.seen.anchored(firm, head).map_err(|what| KeyError::Tampered { firm: firm.clone(), what }),
            Err(error) => anchored.outage(firm, Use::Load, error),
        }
    }
}

impl Anchored {
    fn outage(&self, firm: &FirmId, to: Use, error: AnchorError) -> Result<(), KeyError> {
        if let AnchorError::Forked { generation } = error {
            return Err(KeyError::Tampered { firm: firm.clone(), what: Tampering::Forked { generation } });
        }
        if to == Use::Load && self.outage == AnchorOutage::Tolerate && error.is_retryable() {
            tracing::warn!(name: "fieldseal.anchor.outage", %firm, "key store read without its anchor");
            return Ok(());
        }
        Err(KeyError::Anchor { firm: firm.clone(), source: Arc::new(error) })
    }
}

//! What says for good that a firm was shredded: a text and the platform's MAC over its very bytes (KEY-63).

use serde::{Deserialize, Serialize};

use super::hierarchy::{mac, mac_matches};
use crate::context::{FirmId, join, label};
use crate::secret::EndorsementKey;

/// A text that the platform vouches for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Certified {
    /// JSON; the MAC covers these bytes as they are, so that no canonical form is needed.
    pub(crate) body: String,
    /// Hex.
    pub(crate) mac: String,
}

impl Certified {
    pub(crate) fn new(body: String, platform: &EndorsementKey) -> Self {
        let mac = hex::encode(mac(platform.expose(), &message(&body)));
        Self { body, mac }
    }

    pub(crate) fn is_authentic(&self, platform: &EndorsementKey) -> bool {
        let tag = hex::decode(&self.mac).unwrap_or_default();
        mac_matches(platform.expose(), &message(&self.body), &tag)
    }

    /// Whether it is the certificate of this firm's tombstone, and no other's.
    pub(crate) fn is_of(&self, firm: &FirmId, generation: u64) -> bool {
        /// As much as every format of the text says.
        #[derive(Deserialize)]
        struct Whose {
            firm: String,
            generation: u64,
        }
        serde_json::from_str::<Whose>(&self.body)
            .is_ok_and(|whose| whose.firm == firm.canonical() && whose.generation == generation)
    }

    /// As stores and people hold it.
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("two texts are always JSON")
    }

    /// `None` unless it has the form.
    pub(crate) fn from_json(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }
}

fn message(body: &str) -> Vec<u8> {
    join(&[label::CERTIFICATE, body.as_bytes()])
}

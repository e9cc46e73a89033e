//! What a shredded firm leaves: an authenticated note, so that missing rows never mean first use.

use super::codec::Fields;
use crate::context::{FirmId, join, label};
use crate::keys::hierarchy::{mac, mac_matches};
use crate::secret::EndorsementKey;

const FORMAT: u8 = 0x01;
const MAC_LEN: usize = 32;

/// A shredded firm's tombstone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tombstone {
    pub(crate) firm: FirmId,
    pub(crate) generation: u64,
    /// Unix seconds.
    pub(crate) when: u64,
}

impl Tombstone {
    /// The stored form, authenticated by the platform: the firm's own keys are gone.
    pub(crate) fn encode(&self, platform: &EndorsementKey) -> Vec<u8> {
        let fields =
            join(&[self.firm.canonical().as_bytes(), &self.generation.to_be_bytes(), &self.when.to_be_bytes()]);
        let mut body = [&[FORMAT], fields.as_slice()].concat();
        let tag = mac(platform.expose(), &join(&[label::TOMBSTONE, &body]));
        body.extend_from_slice(&tag);
        body
    }

    /// `None` unless authentic and well-formed.
    pub(crate) fn decode(platform: &EndorsementKey, stored: &[u8]) -> Option<Self> {
        let (body, tag) = stored.split_at_checked(stored.len().checked_sub(MAC_LEN)?)?;
        if !mac_matches(platform.expose(), &join(&[label::TOMBSTONE, body]), tag) {
            return None;
        }
        let mut fields = Fields::of(body.strip_prefix(&[FORMAT])?, 3)?;
        let tombstone = Self {
            firm: fields.text()?.parse().ok()?,
            generation: u64::from_be_bytes(fields.array()?),
            when: u64::from_be_bytes(fields.array()?),
        };
        (fields.is_empty() && tombstone.generation > 0).then_some(tombstone)
    }
}

//! Blind indexes: keyed terms of normalized values (spec/blind-index.md).

mod normalizer;

use hmac::Mac;

use crate::context::IndexPlace;
use crate::envelope::leb128;
use crate::keys::keyring::IndexMac;

pub use normalizer::Normalizer;

/// The stored bytes of a term: key version, then the cut HMAC of `normalized`.
pub(crate) fn term_bytes(place: &IndexPlace, version: u32, mac: &IndexMac, normalized: &[u8]) -> Vec<u8> {
    let mut mac = mac.clone();
    mac.update(normalized);
    let full = mac.finalize().into_bytes();
    let mut head = [0; leb128::MAX_LEN];
    let head_len = leb128::write(version, &mut head);
    let len = place.bits.div_ceil(8) as usize;
    let mut term = Vec::with_capacity(head_len + len);
    term.extend_from_slice(&head[..head_len]);
    term.extend_from_slice(&full[..len]);
    if let Some(last) = term.last_mut() {
        *last &= 0xFF << ((8 - place.bits % 8) % 8);
    }
    term
}

//! Blind indexes: keyed terms of normalized values (spec/blind-index.md).

mod normalizer;

use hmac::Mac;

use crate::context::IndexPlace;
use crate::envelope::leb128;
use crate::keys::keyring::IndexMac;

pub use normalizer::Normalizer;

/// Length of a whole HMAC-SHA-256 in bytes.
const MAC_LEN: usize = 32;

/// The stored bytes of a term: key version, then the cut HMAC of `normalized`.
pub(crate) fn term_bytes(place: &IndexPlace, version: u32, mac: &IndexMac, normalized: &[u8]) -> Vec<u8> {
    let mut mac = mac.clone();
    mac.update(normalized);
    let full = mac.finalize().into_bytes();
    let mut term = [0; leb128::MAX_LEN + MAC_LEN];
    let head_len = leb128::write(version, &mut term);
    term[head_len..head_len + MAC_LEN].copy_from_slice(&full);
    let len = head_len + place.bits.div_ceil(8) as usize;
    term[len - 1] &= 0xFF << ((8 - place.bits % 8) % 8);
    term[..len].to_vec()
}

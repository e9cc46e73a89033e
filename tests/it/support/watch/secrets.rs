//! Marked plaintext, and its spellings.
//!
//! A test that wants its plaintext found also within public values, in integers or in opaque bytes puts [`CANARY`] into it,
//! or registers it by [`secret`].

use std::sync::{Arc, Mutex, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::lock;

/// Marks a text as plaintext, wherever it stands in it. Searched without regard to case: normalizers change it.
pub(crate) const CANARY: &str = "hunter2";
/// Eight bytes that mark an integer: "INTMARK!" in ASCII.
pub(crate) const NUMBER: i64 = 0x494E_544D_4152_4B21;
/// Sixteen bytes that mark a UUID.
pub(crate) const TOKEN: uuid::Uuid = uuid::Uuid::from_bytes(*b"UUIDMARKERBYTES!");
/// Shorter texts would be found by chance.
const SHORTEST: usize = 6;

/// Registers a plaintext of this run, and gives it back.
///
/// # Panics
/// When it is shorter than six bytes: put the canary into it.
pub(crate) fn secret(text: &str) -> &str {
    assert!(text.len() >= SHORTEST, "a secret of fewer than {SHORTEST} bytes would be found by chance");
    let mut needles = lock(needles());
    if !needles.texts.iter().any(|known| known == text) {
        let mut grown = Needles::clone(&needles);
        grown.add_text(text);
        *needles = Arc::new(grown);
    }
    text
}

/// How a secret shows in `bytes`, if one does.
pub(crate) fn find(bytes: &[u8]) -> Option<String> {
    let needles = Arc::clone(&lock(needles()));
    needles.find(bytes)
}

#[derive(Clone, Default)]
struct Needles {
    texts: Vec<String>,
    all: Vec<Needle>,
    /// For each byte, the needles that begin with it: one pass over the bytes, whatever the number of needles.
    by_first: Vec<Vec<usize>>,
}

#[derive(Clone)]
struct Needle {
    spelling: &'static str,
    bytes: Vec<u8>,
    exact: bool,
}

fn needles() -> &'static Mutex<Arc<Needles>> {
    static NEEDLES: OnceLock<Mutex<Arc<Needles>>> = OnceLock::new();
    NEEDLES.get_or_init(|| Mutex::new(Arc::new(Needles::marked())))
}

impl Needles {
    fn marked() -> Self {
        let mut needles = Self { by_first: vec![Vec::new(); 256], ..Self::default() };
        needles.add_text(CANARY);
        needles.add("a decimal number", NUMBER.to_string().as_bytes(), true);
        needles.add("a UUID", TOKEN.hyphenated().to_string().as_bytes(), false);
        for bytes in [&NUMBER.to_be_bytes()[..], &NUMBER.to_le_bytes(), TOKEN.as_bytes()] {
            needles.add_bytes(bytes, true);
        }
        needles
    }

    fn add_text(&mut self, text: &str) {
        self.texts.push(text.to_owned());
        self.add_bytes(text.as_bytes(), false);
        let (little, big) =
            (text.encode_utf16().flat_map(u16::to_le_bytes), text.encode_utf16().flat_map(u16::to_be_bytes));
        self.add("UTF-16", &little.collect::<Vec<_>>(), false);
        self.add("UTF-16", &big.collect::<Vec<_>>(), false);
    }

    fn add_bytes(&mut self, bytes: &[u8], exact: bool) {
        self.add("plain bytes", bytes, exact);
        self.add("hexadecimal", hex::encode(bytes).as_bytes(), false);
        self.add("a list of bytes", format!("{bytes:?}").trim_matches(['[', ']']).as_bytes(), true);
        self.add("a list of bytes", format!("{bytes:?}").replace(' ', "").trim_matches(['[', ']']).as_bytes(), true);
        for skipped in 0..3 {
            self.add("base64", &in_base64(bytes, skipped), true);
        }
    }

    fn add(&mut self, spelling: &'static str, bytes: &[u8], exact: bool) {
        let bytes = if exact { bytes.to_vec() } else { bytes.to_ascii_lowercase() };
        let (lower, upper) = (usize::from(bytes[0]), usize::from(bytes[0].to_ascii_uppercase()));
        let index = self.all.len();
        self.by_first[lower].push(index);
        if !exact && upper != lower {
            self.by_first[upper].push(index);
        }
        self.all.push(Needle { spelling, bytes, exact });
    }

    fn find(&self, bytes: &[u8]) -> Option<String> {
        for (at, first) in bytes.iter().enumerate() {
            for &needle in &self.by_first[usize::from(*first)] {
                if self.all[needle].begins(&bytes[at..]) {
                    return Some(format!("a secret as {}, at byte {at}", self.all[needle].spelling));
                }
            }
        }
        None
    }
}

impl Needle {
    fn begins(&self, bytes: &[u8]) -> bool {
        let Some(start) = bytes.get(..self.bytes.len()) else { return false };
        if self.exact { start == self.bytes } else { start.eq_ignore_ascii_case(&self.bytes) }
    }
}

/// The characters of the base64 form that do not depend on what stands around the bytes, `skipped` bytes into a group.
fn in_base64(bytes: &[u8], skipped: usize) -> Vec<u8> {
    let padded = [&vec![0; skipped][..], bytes].concat();
    let whole = padded.len() / 3 * 4;
    let encoded = STANDARD_NO_PAD.encode(&padded);
    let start = [0, 2, 3][skipped];
    encoded.as_bytes()[start..whole.max(start + 1)].to_vec()
}

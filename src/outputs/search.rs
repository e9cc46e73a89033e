//! Finds keys in text: as bytes, as hexadecimal, Base64 or decimal digits, also in parts.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::keys::Made;

/// So many bytes of a key are no chance.
const PART: usize = 8;

/// What of keys must not be found, by the bytes it begins with.
pub(super) struct Needles(HashMap<[u8; PART], Vec<(Vec<u8>, &'static str)>>);

impl Needles {
    pub(super) fn of(keys: &[Made]) -> Self {
        let mut needles = HashMap::<_, Vec<_>>::new();
        for key in keys.iter().filter(|key| !is_public(&key.bytes)) {
            for form in key.bytes.windows(PART).flat_map(forms) {
                let begin = *form.first_chunk().expect("every form is longer than the part it shows");
                needles.entry(begin).or_default().push((form, key.role));
            }
        }
        Self(needles)
    }

    /// The role of a key that `output` shows.
    pub(super) fn find(&self, output: &[u8]) -> Option<&'static str> {
        output.windows(PART).enumerate().find_map(|(at, begin)| {
            let begin: &[u8; PART] = begin.try_into().ok()?;
            let (_, role) = self.0.get(begin)?.iter().find(|(form, _)| output[at..].starts_with(form))?;
            Some(*role)
        })
    }
}

/// Fixtures: one byte repeated, as in `[7; 32]`, and the testing provider's KEK, which is text.
fn is_public(key: &[u8]) -> bool {
    key.is_ascii() || key.iter().all(|byte| *byte == key[0])
}

fn forms(part: &[u8]) -> Vec<Vec<u8>> {
    let decimal: Vec<String> = part.iter().map(u8::to_string).collect();
    let mut forms = vec![
        part.to_vec(),
        hex::encode(part).into_bytes(),
        hex::encode_upper(part).into_bytes(),
        decimal.join(", ").into_bytes(),
        decimal.join(",").into_bytes(),
    ];
    // A window at every offset is one at each of Base64's three; the last digit holds bits of what follows.
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        let mut text = engine.encode(part).into_bytes();
        text.pop();
        forms.push(text);
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Made {
        let bytes = (0..32).map(|n: u8| n.wrapping_mul(37) ^ 0xA5).collect();
        Made { role: "DataKey", bytes }
    }

    #[test]
    fn a_key_is_found_in_every_form_and_at_every_place() {
        let (needles, bytes) = (Needles::of(&[key()]), key().bytes);
        for before in 0..4 {
            let text = [&vec![b'x'; before][..], &bytes].concat();
            let shown = [
                text.clone(),
                hex::encode(&text).into_bytes(),
                hex::encode_upper(&text).into_bytes(),
                STANDARD_NO_PAD.encode(&text).into_bytes(),
                URL_SAFE_NO_PAD.encode(&text).into_bytes(),
                format!("{text:?}").into_bytes(),
                serde_json::to_vec(&text).unwrap(),
                text[before + 11..before + 24].to_vec(),
            ];
            for (form, shown) in shown.iter().enumerate() {
                assert_eq!(needles.find(shown), Some("DataKey"), "form {form}, {before} before");
            }
        }
    }

    #[test]
    fn what_is_no_key_is_not_found() {
        let needles = Needles::of(&[key()]);
        assert_eq!(needles.find(b"firm text:acme has no keys: create it once by `vault.create_firm(...)`"), None);
        assert_eq!(needles.find(&key().bytes[..7]), None);
    }
}

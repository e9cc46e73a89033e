//! The JSON of requests and answers, in buffers that are wiped.

use std::collections::BTreeMap;

use serde::Deserialize;
use zeroize::Zeroizing;

use super::http::Answer;

/// An object of these text fields.
pub(super) fn json(fields: &[(&str, &str)]) -> Zeroizing<Vec<u8>> {
    // Room for every character escaped: growing would leave copies of what is secret.
    let room = fields.iter().map(|(name, value)| 6 * (name.len() + value.len()) + 8).sum::<usize>() + 2;
    let mut body = Zeroizing::new(Vec::with_capacity(room));
    let fields: BTreeMap<_, _> = fields.iter().copied().collect();
    serde_json::to_writer(&mut *body, &fields).expect("text is written to memory");
    body
}

/// A text field of an answer's `data`, where it lies.
pub(super) fn field<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    #[derive(Deserialize)]
    struct Body<'a> {
        #[serde(borrow)]
        data: Data<'a>,
    }
    #[derive(Deserialize)]
    struct Data<'a> {
        plaintext: Option<&'a str>,
        ciphertext: Option<&'a str>,
    }
    let body: Body<'a> = serde_json::from_slice(&answer.body).ok()?;
    if name == "plaintext" { body.data.plaintext } else { body.data.ciphertext }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_escapes_do_not_outgrow_the_buffer() {
        let body = json(&[("a", &"\u{1}".repeat(100)), ("b", "\"")]);
        assert!(body.len() <= 6 * 103 + 18, "{}", body.len());
        let back: BTreeMap<String, String> = serde_json::from_slice(&body).unwrap();
        assert_eq!((back["a"].len(), back["b"].as_str()), (100, "\""));
    }
}

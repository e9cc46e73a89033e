//! JSON without the white space between its tokens. Numbers, and the order of members, stay as they were written.

use serde::de::IgnoredAny;

/// The compact form; `None` for what is no JSON.
pub(super) fn compact(text: &str) -> Option<Vec<u8>> {
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let (mut out, mut quoted, mut escaped) = (Vec::with_capacity(text.len()), false, false);
    for byte in text.bytes() {
        if quoted {
            quoted = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else if byte == b'"' {
            quoted = true;
        } else if byte.is_ascii_whitespace() {
            continue;
        }
        out.push(byte);
    }
    Some(out)
}

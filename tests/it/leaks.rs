//! Where plaintext must not show: databases and their files, queries, debug output, events, errors.
//!
//! Marked values are written through every path; then everything that could have seen them is searched, in each spelling
//! that a database or formatter gives them. Beside them a plain column holds a visible marker, so that a search which
//! finds nothing because it looks at nothing fails.

mod events;
mod output;
mod postgres;
mod sqlite;
mod watch;
mod writes;

use crate::support::watch::secrets::{NUMBER, TOKEN};

/// Sealed everywhere.
const MARK: &str = "hunter2-marker-of-the-leak-tests";
/// In a plain column.
const VISIBLE: &str = "visible-marker-of-the-leak-tests";

/// Panics where a plaintext marker shows in `haystack`.
fn assert_silent(haystack: &[u8], place: &str) {
    for (spelling, needle) in needles() {
        let found = position(haystack, &needle);
        assert!(found.is_none(), "{place}: the plaintext shows as {spelling}, {:?}", excerpt(haystack, found));
    }
}

/// Panics where the visible marker does not show, so that a silent place was looked at.
fn assert_visible(haystack: &[u8], place: &str) {
    let shows = [VISIBLE.to_owned(), hex::encode(VISIBLE)].iter().any(|v| position(haystack, v.as_bytes()).is_some());
    assert!(shows, "{place}: not even the plain column shows: the search looks at the wrong bytes");
}

/// The markers as a database, file or formatter may spell them.
fn needles() -> Vec<(&'static str, Vec<u8>)> {
    let mut needles =
        vec![("a UUID", TOKEN.hyphenated().to_string().into_bytes()), ("decimal", NUMBER.to_string().into())];
    let bytes = [MARK.as_bytes(), &NUMBER.to_be_bytes(), &NUMBER.to_le_bytes(), TOKEN.as_bytes()];
    for bytes in bytes {
        needles.push(("bytes", bytes.to_vec()));
        needles.push(("hexadecimal", hex::encode(bytes).into()));
        needles.push(("hexadecimal", hex::encode_upper(bytes).into()));
        needles.push(("a list of bytes", format!("{bytes:?}").trim_matches(['[', ']']).into()));
        needles.push(("UTF-16", bytes.iter().flat_map(|byte| [*byte, 0]).collect()));
    }
    needles
}

fn position(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn excerpt(haystack: &[u8], at: Option<usize>) -> String {
    let at = at.unwrap_or_default();
    String::from_utf8_lossy(&haystack[at.saturating_sub(40)..(at + 60).min(haystack.len())]).into_owned()
}

#[test]
fn the_search_finds_what_it_should() {
    for (spelling, needle) in needles() {
        let haystack = [b"before ", &needle[..], b" behind"].concat();
        assert!(std::panic::catch_unwind(|| assert_silent(&haystack, "here")).is_err(), "{spelling}");
    }
    assert_silent(VISIBLE.as_bytes(), "here");
}

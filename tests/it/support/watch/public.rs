//! What may be in plain sight: the values of the suite's plain columns.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::{Mutex, OnceLock};

use super::{lock, repository};

/// One pattern a line. Read when the tests run, so that a new value needs no build.
const FILE: &str = "tests/it/support/watch/public.txt";

/// A deliberate plaintext, allowed until this is dropped.
#[must_use = "the permit ends when this is dropped"]
pub(crate) struct Permit(Vec<u8>);

/// Lets one exact value pass while the result lives: for a test that writes plaintext on purpose, and says why.
pub(crate) fn permit(why: &str, value: impl AsRef<[u8]>) -> Permit {
    let value = value.as_ref().to_vec();
    assert!(!why.is_empty(), "an exemption has a reason");
    *lock(permitted()).entry(value.clone()).or_default() += 1;
    Permit(value)
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut permitted = lock(permitted());
        let holders = permitted.get_mut(&self.0).expect("a permit is counted");
        *holders -= 1;
        if *holders == 0 {
            permitted.remove(&self.0);
        }
    }
}

pub(crate) fn is_permitted(value: &[u8]) -> bool {
    lock(permitted()).contains_key(value)
}

/// `text` without the values that are permitted now.
pub(crate) fn without_permitted(text: &[u8]) -> Vec<u8> {
    let mut text = text.to_vec();
    for value in lock(permitted()).keys().filter(|value| !value.is_empty()) {
        for spelling in [value.clone(), hex::encode(value).into_bytes()] {
            while let Some(at) = text.windows(spelling.len()).position(|window| window == spelling) {
                text[at..at + spelling.len()].fill(0);
            }
        }
    }
    text
}

/// The machine's name, which processes say of themselves to their key store.
fn this_machine() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| {
        let said = std::process::Command::new("uname").arg("-n").output().unwrap();
        String::from_utf8(said.stdout).unwrap().trim().to_owned()
    })
}

/// Whether a text is a plain column's, or permitted.
pub(crate) fn is_public(text: &str) -> bool {
    let table = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    text.is_empty()
        || is_permitted(text.as_bytes())
        || text == this_machine()
        || patterns().iter().any(|pattern| pattern == table || matches(pattern.as_bytes(), text.as_bytes()))
        || is_only_listed(text)
}

fn patterns() -> &'static [String] {
    static PATTERNS: OnceLock<Vec<String>> = OnceLock::new();
    PATTERNS.get_or_init(|| {
        let file = std::fs::read_to_string(repository().join(FILE)).expect("the public values lie beside the sources");
        file.lines().filter(|line| !line.is_empty() && !line.starts_with("// ")).map(str::to_owned).collect()
    })
}

/// `FIELDSEAL_TEST_WATCH=list` lists what is not declared, all of it in one run, to be read and declared: such a run passes
/// undeclared text and proves nothing.
fn is_only_listed(text: &str) -> bool {
    let lists = std::env::var_os("FIELDSEAL_TEST_WATCH").is_some_and(|mode| mode == "list");
    if lists {
        let _ = writeln!(std::io::stderr(), "undeclared: {text:?}");
    }
    lists
}

fn permitted() -> &'static Mutex<HashMap<Vec<u8>, usize>> {
    static PERMITTED: OnceLock<Mutex<HashMap<Vec<u8>, usize>>> = OnceLock::new();
    PERMITTED.get_or_init(Mutex::default)
}

fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern, text) {
        ([], rest) => rest.is_empty(),
        ([b'*', rest @ ..], _) => (0..=text.len()).any(|start| matches(rest, &text[start..])),
        ([b'?', rest @ ..], [b'0'..=b'9', text @ ..]) => matches(rest, text),
        ([b'^', rest @ ..], [b'0'..=b'9' | b'a'..=b'f', text @ ..]) => matches(rest, text),
        ([b'?' | b'^', ..], _) => false,
        ([b'#', rest @ ..], _) => {
            let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
            (1..=digits).any(|end| matches(rest, &text[end..]))
        }
        ([one, rest @ ..], [first, text @ ..]) => one == first && matches(rest, text),
        (_, []) => false,
    }
}

#[test]
fn patterns_match_whole_texts() {
    assert!(matches(b"acme-#", b"acme-00012") && matches(b"a*z", b"abz") && matches(b"a*", b"a"));
    assert!(!matches(b"acme-#", b"acme-") && !matches(b"acme-#", b"acme-1 or more") && !matches(b"a", b"ab"));
}

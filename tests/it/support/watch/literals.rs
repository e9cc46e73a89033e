//! The quoted parts of a statement, and whether somebody wrote them as SQL.

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Mutex, OnceLock};

use super::{lock, repository};

/// A part of a statement that may carry a value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// Between single quotes, as written.
    Text(&'a str),
    /// A comment, or what stands between dollar quotes: code, to be read like a statement.
    Inner(&'a str),
}

/// The quoted parts and comments of a statement; what is not closed reaches to its end.
pub(crate) fn parts(sql: &str) -> Vec<Part<'_>> {
    let (mut parts, mut rest) = (Vec::new(), sql);
    while let Some(at) = rest.find(['\'', '"', '-', '/', '$']) {
        let (before, here) = rest.split_at(at);
        let (part, length) = part(before, here);
        parts.extend(part);
        rest = &here[length..];
    }
    parts
}

fn part<'a>(before: &str, here: &'a str) -> (Option<Part<'a>>, usize) {
    match here.as_bytes()[0] {
        b'\'' => {
            let end = closing(here, '\'', before.ends_with(['E', 'e']));
            (Some(Part::Text(here[1..end].trim_end_matches('\''))), end)
        }
        b'"' => (None, closing(here, '"', false)),
        b'-' if here.starts_with("--") => comment(here, here.find('\n').unwrap_or(here.len())),
        b'/' if here.starts_with("/*") => comment(here, here.find("*/").map_or(here.len(), |end| end + 2)),
        b'$' => dollars(here).unwrap_or((None, 1)),
        _ => (None, 1),
    }
}

fn comment(here: &str, end: usize) -> (Option<Part<'_>>, usize) {
    (Some(Part::Text(&here[..end])), end)
}

/// Length of what begins with this quote, both quotes included.
fn closing(here: &str, quote: char, escapes: bool) -> usize {
    let mut characters = here.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' if escapes => drop(characters.next()),
            c if c == quote && characters.peek().is_some_and(|next| next.1 == quote) => drop(characters.next()),
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    here.len()
}

/// `$tag$ ... $tag$`, not `$1`.
fn dollars(here: &str) -> Option<(Option<Part<'_>>, usize)> {
    let end = here[1..].find('$')? + 2;
    let tag = &here[..end];
    let name = &tag[1..end - 1];
    let is_tag =
        name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.starts_with(|c: char| c.is_ascii_digit());
    let body = is_tag.then(|| here[end..].split(tag).next())??;
    Some((Some(Part::Inner(body)), (2 * end + body.len()).min(here.len())))
}

/// Whether a literal stands in the sources, in single quotes, or a comment as it is.
pub(crate) fn is_authored(literal: &str) -> bool {
    static KNOWN: OnceLock<Mutex<HashSet<String>>> = OnceLock::new();
    let known = KNOWN.get_or_init(Mutex::default);
    if lock(known).contains(literal) {
        return true;
    }
    let quoted = if literal.starts_with("--") || literal.starts_with("/*") {
        literal.to_owned()
    } else {
        format!("'{literal}'")
    };
    // Within a string of Rust, double quotes and backslashes are escaped.
    let escaped = quoted.replace('\\', "\\\\").replace('"', "\\\"");
    let authored = sources().contains(&quoted) || sources().contains(&escaped);
    if authored {
        lock(known).insert(literal.to_owned());
    }
    authored
}

/// All SQL that was ever written here, among everything else.
fn sources() -> &'static str {
    static SOURCES: OnceLock<String> = OnceLock::new();
    SOURCES.get_or_init(|| {
        let mut text = String::new();
        for directory in ["src", "migrations", "tests", "examples"] {
            read_all(&repository().join(directory), &mut text);
        }
        text
    })
}

fn read_all(directory: &Path, text: &mut String) {
    for entry in std::fs::read_dir(directory).expect("the sources can be read") {
        let path = entry.expect("the sources can be read").path();
        if path.is_dir() {
            read_all(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "sql") {
            *text += &std::fs::read_to_string(&path).expect("the sources can be read");
        }
    }
}

#[test]
fn quoted_parts_are_found() {
    let sql = "SELECT 'a''b', E'c\\'d', \"no 'x'\", $1 -- e\n, $$f 'g'$$, /* h */ 'i', $t$j$t$, ''";
    let text = Part::Text;
    let expected = [
        text("a''b"),
        text("c\\'d"),
        text("-- e"),
        Part::Inner("f 'g'"),
        text("/* h */"),
        text("i"),
        Part::Inner("j"),
        text(""),
    ];
    assert_eq!(parts(sql), expected);
    assert_eq!(parts("SELECT 'never closed"), [text("never closed")]);
    assert!(is_authored("never closed") || is_authored("g"));
}

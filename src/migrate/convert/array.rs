//! Arrays of text, as PostgreSQL writes them: `{a,"b c",NULL}` (ENV-26).

/// `None` for more than one dimension, and for bounds other than from 1.
pub(super) fn form(text: &str) -> Option<Vec<u8>> {
    let elements = elements(text)?;
    let mut out = length(elements.len())?.to_vec();
    for element in elements {
        match element {
            None => out.push(0),
            Some(text) => {
                out.push(1);
                out.extend_from_slice(&length(text.len())?);
                out.extend_from_slice(text.as_bytes());
            }
        }
    }
    Some(out)
}

fn length(len: usize) -> Option<[u8; 4]> {
    u32::try_from(len).ok().map(u32::to_be_bytes)
}

fn elements(text: &str) -> Option<Vec<Option<String>>> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    let (mut all, mut rest) = (Vec::new(), inner.chars().peekable());
    if inner.is_empty() {
        return Some(all);
    }
    loop {
        all.push(if rest.next_if_eq(&'"').is_some() { Some(quoted(&mut rest)?) } else { bare(&mut rest)? });
        match rest.next() {
            Some(',') => {}
            None => return Some(all),
            Some(_) => return None,
        }
    }
}

fn quoted(rest: &mut impl Iterator<Item = char>) -> Option<String> {
    let mut element = String::new();
    loop {
        match rest.next()? {
            '"' => return Some(element),
            '\\' => element.push(rest.next()?),
            other => element.push(other),
        }
    }
}

/// Without quotes an element is not empty, and NULL is none. `Some(None)`: NULL.
#[allow(clippy::option_option, reason = "the outer one is a text that is no array")]
fn bare(rest: &mut std::iter::Peekable<impl Iterator<Item = char>>) -> Option<Option<String>> {
    let mut element = String::new();
    while let Some(next) = rest.next_if(|next| *next != ',') {
        if matches!(next, '{' | '}' | '"') {
            return None;
        }
        element.push(if next == '\\' { rest.next()? } else { next });
    }
    match element.as_str() {
        "" => None,
        "NULL" => Some(None),
        _ => Some(Some(element)),
    }
}

pub(super) fn text(stored: &[u8]) -> Option<String> {
    let (count, mut rest) = stored.split_first_chunk::<4>()?;
    let mut parts = Vec::new();
    for _ in 0..u32::from_be_bytes(*count) {
        let (tag, behind) = rest.split_first()?;
        rest = behind;
        if *tag == 0 {
            parts.push("NULL".to_owned());
            continue;
        }
        let (len, behind) = rest.split_first_chunk::<4>()?;
        let (element, behind) = behind.split_at_checked(u32::from_be_bytes(*len) as usize)?;
        rest = behind;
        let element = std::str::from_utf8(element).ok()?;
        parts.push(format!("\"{}\"", element.replace('\\', "\\\\").replace('"', "\\\"")));
    }
    rest.is_empty().then(|| format!("{{{}}}", parts.join(",")))
}

//! What may pass, and what is taken for plaintext.

use super::literals::{self, Part};
use super::{public, secrets};

/// Types of PostgreSQL, by their ids.
const BYTEA: u32 = 17;
const TEXTS: [u32; 8] = [18, 19, 25, 114, 142, 1042, 1043, 3802];
const ARRAYS: [(u32, u32); 8] =
    [(1001, BYTEA), (1002, 18), (1003, 19), (199, 114), (1009, 25), (1014, 1042), (1015, 1043), (3807, 3802)];
/// Booleans, numbers, ids, dates, times and UUIDs, and arrays of these.
const PUBLIC: [u32; 31] = [
    16, 20, 21, 23, 26, 28, 700, 701, 1082, 1083, 1114, 1184, 1186, 1266, 1700, 2950, 1000, 1005, 1007, 1016, 1021,
    1022, 1028, 1115, 1182, 1183, 1185, 1187, 1231, 1270, 2951,
];
const JSONB: u32 = 3802;
/// A run of so many printable characters in random bytes is as good as impossible.
const READABLE: usize = 24;
/// The suite rotates no key this often: a text that begins like a term is none.
const HIGHEST_TERM_VERSION: u8 = 8;

/// One value on its way to the database.
#[derive(Clone, Copy)]
pub(crate) struct Value<'a> {
    /// 0 where the client does not say.
    pub(crate) oid: u32,
    pub(crate) binary: bool,
    pub(crate) bytes: &'a [u8],
}

/// What is asked of a connection's messages.
#[derive(Clone, Copy)]
pub(crate) enum Rules {
    /// Everything must be known to be public.
    Strict,
    /// Everything may pass that holds no secret: for a service's tests, which register theirs.
    Secrets,
}

type Verdict = Result<(), String>;

impl Rules {
    /// The integration tests say what of their rows is public; a service in small is like a real one, with plain columns of
    /// all sorts, and registers its secrets instead.
    pub(crate) fn of_this_suite() -> Self {
        if env!("CARGO_CRATE_NAME") == "it" { Self::Strict } else { Self::Secrets }
    }

    /// Searches bytes of any meaning for secrets.
    pub(crate) fn check_raw(self, bytes: &[u8]) -> Verdict {
        match secrets::find(bytes) {
            Some(_) => secrets::find(&public::without_permitted(bytes)).map_or(Ok(()), Err),
            None => Ok(()),
        }
    }

    /// Checks a statement's text.
    pub(crate) fn check_statement(self, sql: &str) -> Verdict {
        self.check_raw(sql.as_bytes())?;
        match self {
            Rules::Strict => self.check_parts(sql),
            Rules::Secrets => Ok(()),
        }
    }

    fn check_parts(self, sql: &str) -> Verdict {
        for part in literals::parts(sql) {
            match part {
                Part::Inner(code) => self.check_parts(code)?,
                Part::Text(literal) if is_sealed_literal(literal) => {}
                Part::Text(literal) if public::is_public(literal) || literals::is_authored(literal) => {}
                Part::Text(literal) => return Err(format!("the literal '{literal}', which nobody wrote as SQL")),
            }
        }
        Ok(())
    }

    /// Checks a bound value.
    pub(crate) fn check_value(self, sql: &str, value: Value<'_>) -> Verdict {
        match self {
            Rules::Strict if !PUBLIC.contains(&value.oid) => check_strictly(sql, value),
            _ => Ok(()),
        }
    }

    /// Checks a value that is text, whatever its column.
    pub(crate) fn check_text(self, text: &[u8]) -> Verdict {
        match self {
            Rules::Strict => check_text(text),
            Rules::Secrets => self.check_raw(text),
        }
    }

    /// Checks a value that is bytes.
    pub(crate) fn check_bytes(self, sql: &str, bytes: &[u8]) -> Verdict {
        match self {
            Rules::Strict => check_bytes(sql, bytes),
            Rules::Secrets => self.check_raw(bytes),
        }
    }

    /// Checks all that a COPY sent.
    pub(crate) fn check_copy(self, sql: &str, bytes: &[u8]) -> Verdict {
        self.check_raw(bytes)?;
        match (self, copied_fields(bytes)) {
            (Rules::Secrets, _) => Ok(()),
            (Rules::Strict, Some(fields)) => fields.iter().try_for_each(|field| check_untyped(sql, field)),
            (Rules::Strict, None) => {
                let fields = bytes.split(|byte| matches!(byte, b'\t' | b'\n' | b','));
                fields.filter(|field| *field != b"\\N").try_for_each(|field| check_untyped(sql, field))
            }
        }
    }
}

fn check_strictly(sql: &str, value: Value<'_>) -> Verdict {
    let Value { oid, binary, bytes } = value;
    if let Some(&(_, element)) = ARRAYS.iter().find(|array| array.0 == oid).filter(|_| binary) {
        let elements = array_elements(bytes).ok_or("an array that can't be read")?;
        return elements.iter().try_for_each(|bytes| check_strictly(sql, Value { oid: element, binary, bytes }));
    }
    match oid {
        BYTEA if binary => check_bytes(sql, bytes),
        BYTEA => check_bytes(sql, &unescaped(bytes)),
        JSONB if binary => check_text(bytes.get(1..).unwrap_or_default()),
        _ if TEXTS.contains(&oid) => check_text(bytes),
        _ => check_untyped(sql, bytes),
    }
}

/// Bytes of which nobody says what they are: readable ones are text, others may be numbers.
fn check_untyped(sql: &str, bytes: &[u8]) -> Verdict {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.starts_with("\\x") || text.starts_with("\\\\x") => check_bytes(sql, &unescaped(bytes)),
        Ok(text) if !text.chars().any(char::is_control) => {
            if text.parse::<f64>().is_ok() {
                Ok(())
            } else {
                check_text(bytes)
            }
        }
        _ if bytes.len() > 16 => check_bytes(sql, bytes),
        _ => Ok(()),
    }
}

fn check_text(bytes: &[u8]) -> Verdict {
    match std::str::from_utf8(bytes) {
        Ok(text) if public::is_public(text) => Ok(()),
        Ok(text) => Err(format!("the text {text:?}, which nobody declared public")),
        Err(_) => Err("a text that is no UTF-8".to_owned()),
    }
}

/// Checks bytes that are bound or written as such.
fn check_bytes(sql: &str, bytes: &[u8]) -> Verdict {
    if is_cell(bytes) || is_term(bytes) || public::is_permitted(bytes) {
        return Ok(());
    }
    if (is_of_key_store(sql) && !reads(bytes)) || is_certificate(sql, bytes) {
        return Ok(());
    }
    let start = &bytes[..bytes.len().min(40)];
    Err(format!("bytes that are neither cell nor term: {} ({:?})", hex::encode(start), String::from_utf8_lossy(start)))
}

/// The key store's own tables, under whatever name: wrapped keys and manifests.
fn is_of_key_store(sql: &str) -> bool {
    sql.contains(" manifest") || sql.contains("(firm, purpose,")
}

/// What a shredded firm leaves beside its tombstone, which is for people to read.
fn is_certificate(sql: &str, bytes: &[u8]) -> bool {
    sql.contains(" SET standing = ")
        && bytes.starts_with(br#"{"body":"{\"format\":\"fieldseal/v1/shred-certificate\","#)
}

/// `\x...` of PostgreSQL or `...` of SQLite's `X'...'`.
fn is_sealed_literal(literal: &str) -> bool {
    let digits = literal.strip_prefix("\\x").unwrap_or(literal);
    hex::decode(digits)
        .is_ok_and(|bytes| bytes.is_empty() || is_cell(&bytes) || is_term(&bytes) || public::is_permitted(&bytes))
}

/// The shape of an envelope, with a body that does not read.
fn is_cell(bytes: &[u8]) -> bool {
    let Some((kind @ 0xF5..=0xF7, rest)) = bytes.split_first() else { return false };
    let version = rest.iter().take(5).position(|byte| byte & 0x80 == 0).map(|last| last + 1);
    let overhead = if *kind == 0xF7 { 16 } else { 40 };
    version.is_some_and(|version| rest.len() >= version + overhead) && !reads(rest)
}

fn is_term(bytes: &[u8]) -> bool {
    matches!(bytes, [1..=HIGHEST_TERM_VERSION, _, ..]) && bytes.len() <= 33 && !reads(bytes)
}

fn reads(bytes: &[u8]) -> bool {
    let runs = bytes.split(|byte| !matches!(byte, b' '..=b'~'));
    // Made-up cells repeat one byte.
    runs.filter(|run| run.len() >= READABLE).any(|run| run.iter().any(|byte| *byte != run[0]))
}

/// A `bytea` in text form.
fn unescaped(bytes: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let digits = text.trim_start_matches('\\').strip_prefix('x');
    digits.and_then(|digits| hex::decode(digits).ok()).unwrap_or_else(|| bytes.to_vec())
}

/// The elements of an array in binary form, NULLs left out.
fn array_elements(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let dimensions = usize::try_from(i32_at(bytes, 0)?).ok()?;
    let mut at = 12 + 8 * dimensions;
    let mut elements = Vec::new();
    while at < bytes.len() {
        elements.extend(sized(bytes, &mut at)?);
    }
    Some(elements)
}

/// The fields of a binary COPY, if it is one.
fn copied_fields(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let header = b"PGCOPY\n\xFF\r\n\0";
    bytes.starts_with(header).then_some(())?;
    let mut at = header.len() + 8;
    let mut fields = Vec::new();
    while let Some(count) = bytes.get(at..at + 2).map(|count| i16::from_be_bytes([count[0], count[1]])) {
        at += 2;
        for _ in 0..count {
            fields.extend(sized(bytes, &mut at)?);
        }
    }
    Some(fields)
}

/// The length and then the bytes of a value; `Some(None)` for NULL.
pub(crate) fn sized<'a>(bytes: &'a [u8], at: &mut usize) -> Option<Option<&'a [u8]>> {
    let length = i32_at(bytes, *at)?;
    *at += 4;
    let Ok(length) = usize::try_from(length) else { return Some(None) };
    let value = bytes.get(*at..*at + length)?;
    *at += length;
    Some(Some(value))
}

fn i32_at(bytes: &[u8], at: usize) -> Option<i32> {
    bytes.get(at..at + 4).map(|four| i32::from_be_bytes([four[0], four[1], four[2], four[3]]))
}

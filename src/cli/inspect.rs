//! What a cell or a term says of itself.

use std::io::BufRead;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use super::args::Inspect;
use super::failure::{Exit, Failure};
use super::output::Output;
use crate::envelope::{EnvelopeError, Head, Kind, leb128};

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Seen {
    Cell { kind: &'static str, data_key_version: u32, bytes: usize, plaintext_bytes: usize },
    Term { index_key_version: u32, bytes: usize, bits_at_most: usize },
}

pub(super) fn run(inspect: &Inspect, output: &Output) -> Result<Exit, Failure> {
    if inspect.value != "-" {
        return one(&inspect.value, inspect.term, output).map(|()| Exit::Done);
    }
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|error| Failure::failed("cli.input", format!("standard input: {error}")))?;
        if !line.trim().is_empty() {
            one(&line, inspect.term, output)?;
        }
    }
    Ok(Exit::Done)
}

fn one(value: &str, term: bool, output: &Output) -> Result<(), Failure> {
    let bytes = bytes(value.trim())?;
    let seen = if term { self::term(&bytes)? } else { cell(&bytes)? };
    let text = match &seen {
        Seen::Cell { kind, data_key_version, bytes, plaintext_bytes } => format!(
            "{kind} cell under data key {data_key_version}: {bytes} bytes, of which {plaintext_bytes} are plaintext's (padding \
             included)"
        ),
        Seen::Term { index_key_version, bytes, bits_at_most } => {
            format!("term under index key {index_key_version}: {bytes} bytes, {bits_at_most} bits at most")
        }
    };
    output.result(&seen, text)
}

/// Hexadecimal, also as psql prints it, or base64.
fn bytes(text: &str) -> Result<Vec<u8>, Failure> {
    let digits = text.strip_prefix("\\x").or_else(|| text.strip_prefix("0x")).unwrap_or(text);
    let decoded = hex::decode(digits).ok().or_else(|| STANDARD.decode(text).ok());
    decoded.ok_or_else(|| Failure::failed("inspect.encoding", "the value is neither hexadecimal nor base64"))
}

fn cell(bytes: &[u8]) -> Result<Seen, Failure> {
    let refused = |error: EnvelopeError| Failure::failed("inspect.cell", format!("no cell: {error}"));
    let head = Head::parse(bytes).map_err(refused)?;
    let plaintext = bytes.len() - head.body_start() - head.kind().suffix_len();
    Ok(Seen::Cell {
        kind: kind(head.kind()),
        data_key_version: head.version(),
        bytes: bytes.len(),
        plaintext_bytes: plaintext,
    })
}

fn term(bytes: &[u8]) -> Result<Seen, Failure> {
    let (version, len) = leb128::read(bytes)
        .map_err(|_| Failure::failed("inspect.term", "no term: it does not begin with the version of an index key"))?;
    Ok(Seen::Term { index_key_version: version, bytes: bytes.len(), bits_at_most: 8 * (bytes.len() - len) })
}

pub(super) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::RowBound => "row-bound",
        Kind::ColumnBound => "column-bound",
        Kind::Deterministic => "deterministic",
    }
}

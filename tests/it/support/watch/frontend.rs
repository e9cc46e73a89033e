//! What a client says to PostgreSQL (protocol 3.0), message by message.

use std::collections::HashMap;

use super::inspect::{Rules, Value, sized};

/// One connection's messages, from the one after the startup message.
pub(crate) struct Frontend {
    rules: Rules,
    /// What came of a message that is not complete.
    pending: Vec<u8>,
    prepared: HashMap<Vec<u8>, Prepared>,
    /// The last statement: a COPY's data belong to it.
    last: String,
    copied: Vec<u8>,
}

#[derive(Clone)]
struct Prepared {
    sql: String,
    types: Vec<u32>,
}

/// Why a message may not pass.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(crate) statement: String,
    pub(crate) what: String,
}

impl Frontend {
    pub(crate) fn new(rules: Rules) -> Self {
        Self { rules, pending: Vec::new(), prepared: HashMap::new(), last: String::new(), copied: Vec::new() }
    }

    /// Takes bytes from the client; gives those that may pass: all complete messages.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
        self.pending.extend_from_slice(bytes);
        let mut passed = 0;
        let pending = std::mem::take(&mut self.pending);
        while let Some(length) = message_length(&pending[passed..]) {
            let message = &pending[passed..passed + length];
            self.check(message[0], &message[5..]).map_err(|what| Refusal { statement: self.last.clone(), what })?;
            passed += length;
        }
        self.pending = pending[passed..].to_vec();
        Ok(pending[..passed].to_vec())
    }

    fn check(&mut self, tag: u8, body: &[u8]) -> Result<(), String> {
        match tag {
            b'Q' => self.query(body),
            b'P' => self.parse(body).ok_or("a Parse message that can't be read")?,
            b'B' => self.bind(body).ok_or("a Bind message that can't be read")?,
            b'F' => self.function_call(body).ok_or("a FunctionCall message that can't be read")?,
            b'd' => {
                self.copied.extend_from_slice(body);
                Ok(())
            }
            b'c' => self.rules.check_copy(&self.last, &std::mem::take(&mut self.copied)),
            b'f' => {
                self.copied.clear();
                self.rules.check_raw(body)
            }
            // A password, or messages without values.
            b'p' | b'C' | b'D' | b'E' | b'H' | b'S' | b'X' => Ok(()),
            other => Err(format!("a message of the unknown type {other:#x}")),
        }
    }

    fn query(&mut self, body: &[u8]) -> Result<(), String> {
        self.last = lossy(body.strip_suffix(b"\0").unwrap_or(body));
        self.rules.check_statement(&self.last)
    }

    fn parse(&mut self, body: &[u8]) -> Option<Result<(), String>> {
        let mut at = 0;
        let (name, sql) = (string(body, &mut at)?.to_vec(), lossy(string(body, &mut at)?));
        let types = (0..count(body, &mut at)?).map(|_| number(body, &mut at)).collect::<Option<_>>()?;
        self.last.clone_from(&sql);
        let verdict = self.rules.check_statement(&sql);
        self.prepared.insert(name, Prepared { sql, types });
        Some(verdict)
    }

    fn bind(&mut self, body: &[u8]) -> Option<Result<(), String>> {
        let mut at = 0;
        let (_portal, name) = (string(body, &mut at)?, string(body, &mut at)?);
        let Some(prepared) = self.prepared.get(name).cloned() else {
            return Some(Err("a Bind to a statement that was never parsed".to_owned()));
        };
        let values = values(body, &mut at)?;
        self.last.clone_from(&prepared.sql);
        if let Err(what) = self.rules.check_raw(body) {
            return Some(Err(what));
        }
        let check = |(index, value): (usize, &(bool, Option<&[u8]>))| {
            let (binary, Some(bytes)) = *value else { return Ok(()) };
            let oid = prepared.types.get(index).copied().unwrap_or_default();
            let verdict = self.rules.check_value(&prepared.sql, Value { oid, binary, bytes });
            verdict.map_err(|what| format!("parameter ${}: {what}", index + 1))
        };
        Some(values.iter().enumerate().try_for_each(check))
    }

    fn function_call(&mut self, body: &[u8]) -> Option<Result<(), String>> {
        let mut at = 0;
        self.last = format!("call of the function {}", number(body, &mut at)?);
        if let Err(what) = self.rules.check_raw(body) {
            return Some(Err(what));
        }
        let check = |&(binary, bytes): &(bool, Option<&[u8]>)| {
            bytes.map_or(Ok(()), |bytes| self.rules.check_value(&self.last, Value { oid: 0, binary, bytes }))
        };
        Some(values(body, &mut at)?.iter().try_for_each(check))
    }
}

/// Length of the first message, type and length included, once all of it is there.
fn message_length(bytes: &[u8]) -> Option<usize> {
    let length = u32::from_be_bytes(bytes.get(1..5)?.try_into().ok()?);
    let length = usize::try_from(length).ok()?.max(4) + 1;
    (bytes.len() >= length).then_some(length)
}

/// Values, each with whether it is in the binary format.
type Values<'a> = Vec<(bool, Option<&'a [u8]>)>;

/// Formats, then values: the same in Bind and FunctionCall. One format stands for all values, none for text.
fn values<'a>(body: &'a [u8], at: &mut usize) -> Option<Values<'a>> {
    let formats: Vec<u16> = (0..count(body, at)?).map(|_| count(body, at)).collect::<Option<_>>()?;
    let format = |index: usize| match formats[..] {
        [] => Some(0),
        [one] => Some(one),
        _ => formats.get(index).copied(),
    };
    (0..usize::from(count(body, at)?)).map(|index| Some((format(index)? == 1, sized(body, at)?))).collect()
}

fn string<'a>(body: &'a [u8], at: &mut usize) -> Option<&'a [u8]> {
    let rest = body.get(*at..)?;
    let end = rest.iter().position(|byte| *byte == 0)?;
    *at += end + 1;
    Some(&rest[..end])
}

fn count(body: &[u8], at: &mut usize) -> Option<u16> {
    let two = body.get(*at..*at + 2)?;
    *at += 2;
    Some(u16::from_be_bytes([two[0], two[1]]))
}

fn number(body: &[u8], at: &mut usize) -> Option<u32> {
    let four = body.get(*at..*at + 4)?;
    *at += 4;
    Some(u32::from_be_bytes(four.try_into().ok()?))
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

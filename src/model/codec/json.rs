//! Serde values as JSON text.

use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::{CodecError, Decode, Encode};
use crate::sql;

/// Opens a cell of JSON into a serde type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Json<T>(pub T);

/// Seals a serde value as JSON.
#[derive(Debug, Clone, Copy)]
pub struct JsonRef<'a, T: ?Sized>(pub &'a T);

impl<T: Serialize + ?Sized> Encode for JsonRef<'_, T> {
    type Form = sql::Json;

    // Written twice, once only to be counted: a growing buffer would leave plaintext in the memory that it outgrew.
    fn stored_len(&self) -> Result<usize, CodecError> {
        let mut count = Count::default();
        serde_json::to_writer(&mut count, self.0).map_err(|e| refused(&e))?;
        if count.deepest > MAX_DEPTH { Err(TOO_DEEP) } else { Ok(count.len) }
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        serde_json::to_writer(out, self.0).map_err(|e| refused(&e))
    }
}

impl<T: Serialize> Encode for Json<T> {
    type Form = sql::Json;

    fn stored_len(&self) -> Result<usize, CodecError> {
        JsonRef(&self.0).stored_len()
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
        JsonRef(&self.0).write(out)
    }
}

impl<T: DeserializeOwned> Decode for Json<T> {
    type Form = sql::Json;

    fn decode(stored: Vec<u8>) -> Result<Self, CodecError> {
        serde_json::from_slice(&stored).map(Self).map_err(|e| refused(&e))
    }
}

/// serde_json's message quotes the plaintext ("invalid type: string \"…\""): only the place is kept.
fn refused(error: &serde_json::Error) -> CodecError {
    let category = match error.classify() {
        Category::Io => "io",
        Category::Syntax => "syntax",
        Category::Data => "data",
        Category::Eof => "eof",
    };
    CodecError::Json { category, line: error.line(), column: error.column() }
}

/// serde_json writes any depth and reads this: what lies deeper would be sealed and never open.
const MAX_DEPTH: usize = 127;

const TOO_DEEP: CodecError =
    CodecError::Custom("JSON nests more than 127 deep, which no reader takes: flatten the value");

/// Length and depth of JSON that passes by.
#[derive(Default)]
struct Count {
    len: usize,
    depth: usize,
    deepest: usize,
    in_string: bool,
    escaped: bool,
}

impl Count {
    fn byte(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => self.in_string = !self.in_string,
            _ if self.in_string => {}
            b'[' | b'{' => self.depth += 1,
            b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.deepest = self.deepest.max(self.depth);
    }
}

impl io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.len += bytes.len();
        bytes.iter().for_each(|byte| self.byte(*byte));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_quotes_no_plaintext() {
        let error = Json::<u32>::decode(br#""hunter2 secret""#.to_vec()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
        assert!(matches!(error, CodecError::Json { category: "data", line: 1, .. }));
    }
}

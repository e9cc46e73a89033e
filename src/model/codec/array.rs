//! Arrays of text, with `NULL` elements (spec/envelope.md, ENV-26).

use super::fixed::{Copied, decode_copied};
use super::{CodecError, Encode};
use crate::sql::TextArray;

/// An element, or `NULL`.
trait Element {
    fn text(&self) -> Option<&str>;
}

impl Element for String {
    fn text(&self) -> Option<&str> {
        Some(self)
    }
}

impl Element for &str {
    fn text(&self) -> Option<&str> {
        Some(self)
    }
}

impl<T: Element> Element for Option<T> {
    fn text(&self) -> Option<&str> {
        self.as_ref().and_then(Element::text)
    }
}

const NULL: u8 = 0;
const TEXT: u8 = 1;
const TOO_LONG: CodecError = CodecError::NoForm { reason: "an array or an element of it is longer than 4 GiB" };
const FORM: CodecError = CodecError::Form { expected: "an array of text" };

fn stored_len(elements: &[impl Element]) -> Result<usize, CodecError> {
    length(elements.len())?;
    let len = |element: Option<&str>| element.map_or(Ok(1), |text| length(text.len()).map(|_| 5 + text.len()));
    elements.iter().try_fold(4, |sum, element| Ok(sum + len(element.text())?))
}

fn write(elements: &[impl Element], out: &mut Vec<u8>) -> Result<(), CodecError> {
    out.extend_from_slice(&length(elements.len())?);
    for element in elements {
        let Some(text) = element.text() else {
            out.push(NULL);
            continue;
        };
        out.push(TEXT);
        out.extend_from_slice(&length(text.len())?);
        out.extend_from_slice(text.as_bytes());
    }
    Ok(())
}

fn length(len: usize) -> Result<[u8; 4], CodecError> {
    u32::try_from(len).map(u32::to_be_bytes).map_err(|_| TOO_LONG)
}

macro_rules! arrays {
    ($($ty:ty),*) => {$(
        impl Encode for $ty {
            type Form = TextArray;

            fn stored_len(&self) -> Result<usize, CodecError> {
                stored_len(self)
            }

            fn write(&self, out: &mut Vec<u8>) -> Result<(), CodecError> {
                write(self, out)
            }
        }
    )*};
}

arrays!([String], [Option<String>], [&str], [Option<&str>]);
arrays!(Vec<String>, Vec<Option<String>>, Vec<&str>, Vec<Option<&str>>);

impl Copied for Vec<Option<String>> {
    fn read(stored: &[u8]) -> Result<Self, CodecError> {
        let mut rest = stored;
        let count = number(&mut rest)?;
        // An element takes a byte at least: a wrong count can't make a large allocation.
        let mut all = Self::with_capacity(count.min(rest.len()));
        for _ in 0..count {
            all.push(element(&mut rest)?.map(str::to_owned));
        }
        if rest.is_empty() { Ok(all) } else { Err(FORM) }
    }
}

impl Copied for Vec<String> {
    fn read(stored: &[u8]) -> Result<Self, CodecError> {
        const NULLS: CodecError = CodecError::OutOfRange { target: "Vec<String>, which has no NULL elements" };
        Vec::<Option<String>>::read(stored)?.into_iter().collect::<Option<_>>().ok_or(NULLS)
    }
}

decode_copied! {
    [] Vec<Option<String>>: TextArray;
    [] Vec<String>: TextArray;
}

fn element<'a>(rest: &mut &'a [u8]) -> Result<Option<&'a str>, CodecError> {
    match rest.split_off_first() {
        Some(&NULL) => Ok(None),
        Some(&TEXT) => {
            let len = number(rest)?;
            let text = rest.split_off(..len).ok_or(FORM)?;
            std::str::from_utf8(text).map(Some).map_err(|_| FORM)
        }
        _ => Err(FORM),
    }
}

fn number(rest: &mut &[u8]) -> Result<usize, CodecError> {
    let bytes = rest.split_off(..4).and_then(|bytes| bytes.try_into().ok()).ok_or(FORM)?;
    usize::try_from(u32::from_be_bytes(bytes)).map_err(|_| FORM)
}

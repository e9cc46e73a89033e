//! Key versions: unsigned LEB128, shortest form only, 1 to 2^32-1 (spec/envelope.md).

/// Longest encoded version in bytes.
pub(crate) const MAX_LEN: usize = 5;

/// Why bytes are no version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leb128Error {
    Truncated,
    NotShortest,
    Zero,
    TooLarge,
}

/// Writes `value` at the start of `out` and returns its length.
pub(crate) fn write(mut value: u32, out: &mut [u8]) -> usize {
    let mut len = 0;
    loop {
        let low = (value & 0x7F) as u8;
        value >>= 7;
        out[len] = if value == 0 { low } else { low | 0x80 };
        len += 1;
        if value == 0 {
            return len;
        }
    }
}

/// Reads a version at the start of `bytes`: the value and its length.
pub(crate) fn read(bytes: &[u8]) -> Result<(u32, usize), Leb128Error> {
    let mut value = 0u64;
    for (i, &byte) in bytes.iter().enumerate().take(MAX_LEN) {
        value |= u64::from(byte & 0x7F) << (7 * i);
        if byte & 0x80 == 0 {
            return check(value, byte, i);
        }
    }
    Err(if bytes.len() < MAX_LEN { Leb128Error::Truncated } else { Leb128Error::TooLarge })
}

fn check(value: u64, last: u8, index: usize) -> Result<(u32, usize), Leb128Error> {
    if last == 0 && index > 0 {
        return Err(Leb128Error::NotShortest);
    }
    let value = u32::try_from(value).map_err(|_| Leb128Error::TooLarge)?;
    if value == 0 { Err(Leb128Error::Zero) } else { Ok((value, index + 1)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_fault_has_its_own_error() {
        assert_eq!(read(&[]), Err(Leb128Error::Truncated));
        assert_eq!(read(&[0x80]), Err(Leb128Error::Truncated));
        assert_eq!(read(&[0x81, 0x00]), Err(Leb128Error::NotShortest));
        assert_eq!(read(&[0x00]), Err(Leb128Error::Zero));
        assert_eq!(read(&[0xFF, 0xFF, 0xFF, 0xFF, 0x1F]), Err(Leb128Error::TooLarge));
        assert_eq!(read(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x01]), Err(Leb128Error::TooLarge));
    }

    proptest! {
        #[test]
        fn versions_read_back(value in 1u32.., tail: Vec<u8>) {
            let mut out = [0; MAX_LEN];
            let len = write(value, &mut out);
            let bytes = [&out[..len], &tail].concat();
            prop_assert_eq!(read(&bytes), Ok((value, len)));
        }
    }
}

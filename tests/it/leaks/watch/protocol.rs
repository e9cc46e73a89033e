//! The frontend protocol, message by message, and the spellings of a marked text.

use super::PLAINTEXT;
use crate::support::watch::frontend::Frontend;
use crate::support::watch::inspect::Rules;
use crate::support::watch::secrets::{CANARY, NUMBER};

/// A message of the frontend protocol.
fn message(tag: u8, body: &[&[u8]]) -> Vec<u8> {
    let body = body.concat();
    let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
    [&[tag][..], &length, &body].concat()
}

fn bind(format: u8, value: &[u8]) -> Vec<u8> {
    let length = u32::try_from(value.len()).unwrap().to_be_bytes();
    message(b'B', &[b"\0s\0", &[0, 1, 0, format, 0, 1], &length, value, &[0, 0]])
}

#[test]
fn each_format_and_message_is_read() {
    let parse = |oid: u8| message(b'P', &[b"s\0INSERT $1\0", &[0, 1, 0, 0, 0, oid]]);
    let hex = format!("\\x{}", hex::encode(PLAINTEXT));
    let cell = [&[0xF5, 1][..], &[7; 60]].concat();
    let escaped_cell = format!("\\x{}", hex::encode(&cell));
    let call = message(b'F', &[&[0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 17], PLAINTEXT.as_bytes(), &[0, 0]]);
    let refused = [
        [parse(25), bind(0, PLAINTEXT.as_bytes())].concat(),
        [parse(25), bind(1, PLAINTEXT.as_bytes())].concat(),
        [parse(0), bind(1, PLAINTEXT.as_bytes())].concat(),
        [parse(17), bind(0, hex.as_bytes())].concat(),
        [parse(17), bind(1, &4i64.to_be_bytes())].concat(),
        [parse(20), bind(1, &NUMBER.to_be_bytes())].concat(),
        [parse(20), bind(0, NUMBER.to_string().as_bytes())].concat(),
        bind(1, b"to a statement of unknown text"),
        message(b'Q', &[format!("SELECT '{}'\0", hex::encode(PLAINTEXT)).as_bytes()]),
        call,
        message(b'P', &[b"cut"]),
        message(b'?', &[b"unknown"]),
    ];
    for bytes in refused {
        assert!(Frontend::new(Rules::Strict).take(&bytes).is_err(), "{}", String::from_utf8_lossy(&bytes));
    }
    let passed = [
        [parse(25), bind(0, b"acme")].concat(),
        [parse(17), bind(0, escaped_cell.as_bytes())].concat(),
        [parse(17), bind(1, &cell)].concat(),
        [parse(20), bind(1, &4i64.to_be_bytes())].concat(),
        message(b'p', &[PLAINTEXT.as_bytes()]),
    ];
    for bytes in passed {
        assert_eq!(Frontend::new(Rules::Strict).take(&bytes).unwrap(), bytes);
    }
}

#[test]
fn a_message_in_pieces_is_read_as_one() {
    let query = message(b'Q', &[b"SELECT 'hun", b"ter2'\0"]);
    let mut frontend = Frontend::new(Rules::Secrets);
    let (last, start) = query.split_last().unwrap();
    for byte in start {
        assert_eq!(frontend.take(&[*byte]).unwrap(), b"");
    }
    assert!(frontend.take(&[*last]).is_err());
}

#[test]
fn each_spelling_of_a_marked_text_is_found() {
    use base64::Engine as _;
    let base64 = base64::engine::general_purpose::STANDARD;
    let utf16 = |of: fn(u16) -> [u8; 2]| CANARY.encode_utf16().flat_map(of).collect::<Vec<_>>();
    let mut spellings = vec![
        CANARY.as_bytes().to_vec(),
        CANARY.to_uppercase().into_bytes(),
        hex::encode(CANARY).into_bytes(),
        hex::encode_upper(CANARY).into_bytes(),
        format!("{:?}", CANARY.as_bytes()).into_bytes(),
        serde_json::to_vec(CANARY.as_bytes()).unwrap(),
        utf16(u16::to_le_bytes),
        utf16(u16::to_be_bytes),
    ];
    spellings
        .extend(["", "a", "ab", "abc"].map(|before| base64.encode(format!("{before}{CANARY} and more")).into_bytes()));
    for spelling in spellings {
        let bytes = [b"\x01\x02", &spelling[..], b"\xFF"].concat();
        assert!(Rules::Secrets.check_raw(&bytes).is_err(), "{}", String::from_utf8_lossy(&spelling));
    }
    assert!(Rules::Secrets.check_raw(b"hunter3 and nothing else").is_ok());
}

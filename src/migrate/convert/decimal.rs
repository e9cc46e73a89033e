//! Decimals of any length: an integer and a scale (ENV-24).

/// More digits than any amount has; the conversion's time grows with their square.
const MOST_DIGITS: usize = 10_000;

/// `-12.340`: its scale and integer. NaN, infinities and exponents have no form.
pub(super) fn form(text: &str) -> Option<Vec<u8>> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    let is_number = !whole.is_empty() && all.bytes().all(|byte| byte.is_ascii_digit()) && !text.ends_with('.');
    if !is_number || all.len() > MOST_DIGITS {
        return None;
    }
    let scale = i32::try_from(fraction.len()).ok()?;
    let magnitude = magnitude(all.as_bytes());
    Some([scale.to_be_bytes().as_slice(), &signed(magnitude, negative)].concat())
}

/// Big-endian bytes of a number in decimal digits, without leading zeros.
fn magnitude(digits: &[u8]) -> Vec<u8> {
    // Little-endian while it grows.
    let mut bytes: Vec<u8> = Vec::new();
    for digit in digits {
        let mut carry = u32::from(digit - b'0');
        for byte in &mut bytes {
            let next = u32::from(*byte) * 10 + carry;
            (*byte, carry) = ((next & 0xFF) as u8, next >> 8);
        }
        if carry > 0 {
            bytes.push(carry as u8);
        }
    }
    bytes.reverse();
    bytes
}

/// Two's complement in as few bytes as hold it, at least one.
fn signed(magnitude: Vec<u8>, negative: bool) -> Vec<u8> {
    let mut bytes = [vec![0], magnitude].concat();
    if negative {
        negate(&mut bytes);
    }
    let spare = bytes.windows(2).take_while(|pair| matches!(pair, [0, 0..=0x7F] | [0xFF, 0x80..=0xFF])).count();
    bytes.split_off(spare)
}

fn negate(bytes: &mut [u8]) {
    let mut carry = true;
    for byte in bytes.iter_mut().rev() {
        (*byte, carry) = (!*byte).overflowing_add(u8::from(carry));
    }
}

/// The decimal's text, with as many places as its scale.
pub(super) fn text(stored: &[u8]) -> Option<String> {
    let (scale, unscaled) = stored.split_first_chunk::<4>()?;
    let (scale, negative) = (i32::from_be_bytes(*scale), unscaled.first()? & 0x80 != 0);
    let mut bytes = unscaled.to_vec();
    if negative {
        negate(&mut bytes);
    }
    let digits = digits(&bytes);
    if scale.unsigned_abs() as usize > MOST_DIGITS || digits.len() > MOST_DIGITS {
        return None;
    }
    let sign = if negative { "-" } else { "" };
    let Ok(places) = usize::try_from(scale) else {
        let zeros = if digits == "0" { 0 } else { scale.unsigned_abs() as usize };
        return Some(format!("{sign}{digits}{}", "0".repeat(zeros)));
    };
    if places == 0 {
        return Some(format!("{sign}{digits}"));
    }
    let padded = format!("{digits:0>width$}", width = places + 1);
    let (whole, fraction) = padded.split_at(padded.len() - places);
    Some(format!("{sign}{whole}.{fraction}"))
}

/// Decimal digits of big-endian bytes.
fn digits(bytes: &[u8]) -> String {
    // Little-endian while it grows.
    let mut digits: Vec<u8> = vec![0];
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            let next = u32::from(*digit) * 256 + carry;
            (*digit, carry) = ((next % 10) as u8, next / 10);
        }
        while carry > 0 {
            digits.push((carry % 10) as u8);
            carry /= 10;
        }
    }
    digits.iter().rev().map(|digit| char::from(b'0' + digit)).collect()
}

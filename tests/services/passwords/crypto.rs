//! Hashes, tokens and one-time codes.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

const STEP_SECONDS: i64 = 30;
const CODE_DIGITS: u32 = 6;

/// A random token of 2 × `N` characters.
pub(crate) fn token<const N: usize>() -> String {
    hex::encode(bytes::<N>())
}

pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system's random source works");
    bytes
}

pub(crate) fn hash_password(password: &str, salt: &[u8], iterations: i32) -> Vec<u8> {
    let rounds = iterations.unsigned_abs().max(1);
    pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(password.as_bytes(), salt, rounds).to_vec()
}

/// Compares in a time that does not tell where they differ, nor their lengths.
pub(crate) fn equal(one: impl AsRef<[u8]>, other: impl AsRef<[u8]>) -> bool {
    let digest = |bytes: &[u8]| Sha256::digest(bytes);
    digest(one.as_ref()).ct_eq(&digest(other.as_ref())).into()
}

/// The code of RFC 6238 at this time, by HMAC-SHA-256, of a secret in hexadecimal.
pub(crate) fn totp(secret: &str, unix_seconds: i64) -> Option<String> {
    let key = hex::decode(secret).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(&unix_seconds.div_euclid(STEP_SECONDS).to_be_bytes());
    let mac = mac.finalize().into_bytes();
    let offset = usize::from(mac.last()? & 0xF);
    let word = u32::from_be_bytes(mac.get(offset..offset + 4)?.try_into().ok()?) & 0x7FFF_FFFF;
    Some(format!("{:06}", word % 10_u32.pow(CODE_DIGITS)))
}

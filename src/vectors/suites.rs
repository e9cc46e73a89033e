//! `xaes.json` and `aes_siv_rfc5297.json`: the two suites as their own specifications define them.

use aes_gcm::aes::Aes256;
use aes_gcm::aes::cipher::{Array, BlockCipherEncrypt};
use aes_gcm::{AeadInOut, Aes256Gcm, KeyInit};
use aes_siv::siv::{Aes128Siv, Aes256Siv};
use serde::Deserialize;
use sha3::Shake128;
use sha3::digest::{ExtendableOutput, Update, XofReader};

use super::form::{Hex, each};
use crate::secret::WrappingKey;
use crate::suite::{bare, unwrap_key, wrap_key};

#[derive(Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
enum Xaes {
    Single(Box<Single>),
    Accumulated(Accumulated),
}

pub(super) fn xaes(text: &str) -> usize {
    let check = |case: &Xaes| match case {
        Xaes::Single(case) => case.check(),
        Xaes::Accumulated(case) if case.is_affordable() => case.check(),
        Xaes::Accumulated(_) => {}
    };
    each(text, check)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Single {
    comment: String,
    key: Hex,
    nonce: Hex,
    plaintext: Hex,
    aad: Hex,
    l: Hex,
    k1: Hex,
    m1: Hex,
    m2: Hex,
    derived_key: Hex,
    derived_nonce: Hex,
    ciphertext: Hex,
}

impl Single {
    fn check(&self) {
        let derived = Derivation::of(&self.key.array(), &self.nonce.array());
        assert_eq!((&*self.l, &*self.k1), (&derived.l[..], &derived.k1[..]), "{}", self.comment);
        assert_eq!((&*self.m1, &*self.m2), (&derived.m[0][..], &derived.m[1][..]), "{}", self.comment);
        assert_eq!(self.derived_key, derived.key, "{}", self.comment);
        assert_eq!(self.derived_nonce, derived.nonce, "{}", self.comment);
        assert_eq!(self.ciphertext, derived.seal(&self.aad, &self.plaintext), "{}", self.comment);

        let mut bytes = self.plaintext.to_vec();
        bare::encrypt(&self.key.array(), &self.nonce.array(), &self.aad, &mut bytes);
        assert_eq!(self.ciphertext, bytes, "{}", self.comment);
        let opened = bare::decrypt(&self.key.array(), &self.nonce.array(), &self.aad, &mut bytes);
        assert_eq!(opened, Some(&*self.plaintext), "{}", self.comment);
    }
}

/// XAES-256-GCM over bare AES and AES-GCM, step by step: what the vectors' intermediate values, and those expected of
/// Wycheproof's keys, are computed by.
pub(super) struct Derivation {
    l: [u8; 16],
    k1: [u8; 16],
    m: [[u8; 16]; 2],
    pub(super) key: [u8; 32],
    pub(super) nonce: [u8; 12],
}

impl Derivation {
    pub(super) fn of(key: &[u8; 32], nonce: &[u8; 24]) -> Self {
        let aes = |block: [u8; 16]| {
            let mut block = Array(block);
            Aes256::new(key.into()).encrypt_block(&mut block);
            <[u8; 16]>::from(block)
        };
        let l = aes([0; 16]);
        let number = u128::from_be_bytes(l);
        let k1 = ((number << 1) ^ (if number >> 127 == 1 { 0x87 } else { 0 })).to_be_bytes();
        let m = [1, 2].map(|counter| {
            let mut block = [0, counter, b'X', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            block[4..].copy_from_slice(&nonce[..12]);
            block
        });
        let halves = m.map(|block| aes((u128::from_be_bytes(block) ^ u128::from_be_bytes(k1)).to_be_bytes()));
        let (key, nonce) = (halves.concat().try_into().unwrap(), nonce[12..].try_into().unwrap());
        Self { l, k1, m, key, nonce }
    }

    pub(super) fn seal(&self, aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
        gcm_seal(&self.key, &self.nonce, aad, plaintext)
    }
}

/// AES-256-GCM: ciphertext and tag.
pub(super) fn gcm_seal(key: &[u8; 32], nonce: &[u8; 12], aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let mut bytes = plaintext.to_vec();
    let tag = Aes256Gcm::new(key.into()).encrypt_inout_detached(nonce.into(), aad, bytes.as_mut_slice().into());
    bytes.extend_from_slice(&tag.unwrap());
    bytes
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Accumulated {
    comment: String,
    iterations: u32,
    expected: Hex,
}

impl Accumulated {
    /// A million iterations take minutes of unoptimised SHAKE: they run in release builds.
    fn is_affordable(&self) -> bool {
        self.iterations <= 10_000 || !cfg!(debug_assertions)
    }

    fn check(&self) {
        let mut stream = Shake128::default().finalize_xof();
        let mut hash = Shake128::default();
        for _ in 0..self.iterations {
            let (key, nonce) = (take::<32>(&mut stream), take::<24>(&mut stream));
            let mut bytes = take_some(&mut stream);
            let aad = take_some(&mut stream);
            bare::encrypt(&key, &nonce, &aad, &mut bytes);
            hash.update(&bytes);
        }
        let mut out = [0; 32];
        hash.finalize_xof().read(&mut out);
        assert_eq!(self.expected, out, "{}", self.comment);
    }
}

fn take<const N: usize>(stream: &mut impl XofReader) -> [u8; N] {
    let mut out = [0; N];
    stream.read(&mut out);
    out
}

/// As many bytes as the next one says.
fn take_some(stream: &mut impl XofReader) -> Vec<u8> {
    let mut out = vec![0; take::<1>(stream)[0].into()];
    stream.read(&mut out);
    out
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Siv {
    comment: String,
    key: Hex,
    components: Vec<Hex>,
    plaintext: Hex,
    output: Hex,
}

pub(super) fn aes_siv(text: &str) -> usize {
    each(text, Siv::check)
}

macro_rules! siv_seal {
    ($cipher:ty, $key:expr, $components:expr, $plaintext:expr) => {{
        let mut bytes = $plaintext.to_vec();
        let mut cipher = <$cipher>::new($key.into());
        let iv = cipher.encrypt_inout_detached($components, bytes.as_mut_slice().into()).unwrap();
        [iv.as_slice(), &bytes].concat()
    }};
}

impl Siv {
    fn check(&self) {
        let components: Vec<&[u8]> = self.components.iter().map(|component| &**component).collect();
        let output = match self.key.len() {
            32 => siv_seal!(Aes128Siv, &self.key.array::<32>(), &components, self.plaintext),
            _ => siv256_seal(&self.key.array(), &components, &self.plaintext),
        };
        assert_eq!(self.output, output, "{}", self.comment);
        if let (64, [component]) = (self.key.len(), components.as_slice()) {
            self.check_wrap(component);
        }
    }

    /// The crate's own use has one component.
    fn check_wrap(&self, component: &[u8]) {
        let key = WrappingKey::init(self.key.fill());
        assert_eq!(self.output, wrap_key(&key, component, &self.plaintext), "{}", self.comment);
        let mut out = vec![0; self.plaintext.len()];
        assert!(unwrap_key(&key, component, &self.output, &mut out), "{}", self.comment);
        assert_eq!(self.plaintext, out, "{}", self.comment);
    }
}

/// AES-256-SIV: synthetic IV and ciphertext.
pub(super) fn siv256_seal(key: &[u8; 64], components: &[&[u8]], plaintext: &[u8]) -> Vec<u8> {
    siv_seal!(Aes256Siv, key, components, plaintext)
}
